package rampolicy

import (
	"slices"

	"onput/rules"
)

// addLookUps adds the objects that the function asks for: HeadObject needs oss:GetObject, which submitting a process needs as
// well, and GetObjectTagging a permission of its own.
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/headobject
// https://www.alibabacloud.com/help/en/oss/developer-reference/getobjecttagging
func (u *usage) addLookUps(all []rules.LookUpAccess) {
	for _, l := range all {
		sources := objectResources(l.Sources)
		if l.Facts.Has(rules.GivenTags) {
			u.tagged = append(u.tagged, sources...)
		}
		if l.Facts&(rules.GivenMeta|rules.GivenClass) != 0 {
			u.heads = append(u.heads, sources...)
		}
	}
	u.heads = slices.DeleteFunc(u.heads, func(object string) bool {
		return slices.ContainsFunc(u.sources, func(source string) bool { return covers(source, object) })
	})
}
