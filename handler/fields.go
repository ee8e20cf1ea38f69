package handler

// member is a member of an object that is looked for.
type member struct {
	name   string
	field  field
	within []member // what is looked for in its value, where that is an object
}

// fields are the values that were found.
type fields [allFields]value

// field is a member, of an object or inside of it, that tells an envelope or a record apart, or that an upload is made of. Some
// are here only because the first of a name counts, and what is inside of it.
type field int

const (
	theMessage     field = iota // of an SMQ topic, JSON
	theTopicName                // beside it
	theEvents                   // native
	theBody                     // of an SMQ topic, STREAM with attributes
	theMessageBody              // of an SMQ queue
	theData                     // of a CloudEvent
	theEventType                // beside it
	theID                       // beside it
	theEventName                // of a record, as all that follow
	theEventTime
	theRegion
	theResponses
	theRequestID
	theOSS
	theBucket
	theBucketName
	theBucketARN
	theObject
	theKey
	theETag
	theSize
	theMeta
	theMimeType
	theOSSRegion
	theOSSResponses
	theOSSRequestID

	allFields
)

// envelope is where the fields are. The documented sample of one event has region and responseElements inside oss
// (https://help.aliyun.com/en/oss/user-guide/event-notification-overview), so both places count.
var envelope = []member{
	{name: "eventName", field: theEventName},
	{name: "eventTime", field: theEventTime},
	{name: "region", field: theRegion},
	{name: "responseElements", field: theResponses, within: []member{{name: "requestId", field: theRequestID}}},
	{name: "oss", field: theOSS, within: []member{
		{name: "bucket", field: theBucket, within: []member{{name: "name", field: theBucketName}, {name: "arn", field: theBucketARN}}},
		{name: "object", field: theObject, within: []member{
			{name: "key", field: theKey},
			{name: "eTag", field: theETag},
			{name: "size", field: theSize},
			{name: "objectMeta", field: theMeta, within: []member{{name: "mimeType", field: theMimeType}}},
		}},
		{name: "region", field: theOSSRegion},
		{name: "responseElements", field: theOSSResponses, within: []member{{name: "requestId", field: theOSSRequestID}}},
	}},
	{name: "events", field: theEvents},
	{name: "Message", field: theMessage},
	{name: "TopicName", field: theTopicName},
	{name: "body", field: theBody},
	{name: "messageBody", field: theMessageBody},
	{name: "data", field: theData},
	{name: "type", field: theEventType},
	{name: "id", field: theID},
}

// read moves behind an object and keeps those members of it that are looked for. The elements of events are decoded on the
// way, because nearly always they are all there is.
//
// The first of a name counts, as in gjson's paths; but of Message the last: SMQ writes a message's attributes, whose names
// strangers choose, in front of its own members.
func (d *decoder) read(c *cursor, members []member, found *fields, depth int, ce cloudEvent) {
	for more := c.enter('}'); more; more = c.next('}') {
		name := c.name()
		m := find(members, name)
		if m == nil {
			c.skip()
			continue
		}
		kept, begin := &found[m.field], c.at
		switch first := c.peek(); {
		case *kept != "" && m.field != theMessage:
			c.skip()
			continue
		case m.within != nil && first == '{':
			d.read(c, m.within, found, depth, ce)
		case m.field == theEvents && first == '[':
			d.elements(c, depth, ce)
		default:
			c.skip()
		}
		*kept = c.since(begin)
	}
}

// find returns the member of a name, nil if there is none.
func find(members []member, name string) *member {
	for i := range members {
		if members[i].name == name {
			return &members[i]
		}
	}
	return nil
}
