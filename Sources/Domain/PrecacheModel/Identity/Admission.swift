/// What becomes of a request at the door.
package enum Admission: Hashable, Sendable {
    /// Its sender is known.
    case admitted(Caller)
    /// Memory doesn't know its token: look again where tokens come from.
    case unfamiliar
    /// No token came, or none that we know or still honour.
    case refused
    /// Too many wrong tokens came from the sender's address; the next try makes sense after this time.
    case slowed(Duration)
    /// Whether the token holds can't be found out now; the next try makes sense after this time.
    case unavailable(Duration)
}
