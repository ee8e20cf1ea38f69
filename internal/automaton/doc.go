// Package automaton holds sets of texts as finite automata, so that they can be compared exactly: whether two of them have a
// text in common, and which one.
//
// An [NFA] is built piece by piece: states, transitions for ranges of symbols, and epsilons, which take no symbol. A symbol
// is a rune, or a byte that is not valid UTF-8. Transitions carry ranges of runes, not single ones, as * means more than a
// million of them. States may carry a tag: [NFA.Intersection] returns with its text which part of it was written at which tag.
//
// [NFA.Deterministic] makes a [DFA] by subset construction: each of its states is the set of states that the NFA can be in
// after the same text. It can be exponentially large and is bounded; [ErrTooLarge] says that the bound was hit. A DFA can be
// intersected, subtracted and walked.
package automaton
