package handler

// MaxPayload is how many bytes of a payload are read; a longer one ends as an *EventError. A runtime that reads payloads
// itself need not hand on more than one byte beyond it.
const MaxPayload = maxPayload
