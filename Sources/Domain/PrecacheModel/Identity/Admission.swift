/// What becomes of a request at the door.
public enum Admission: Hashable, Sendable {
    /// Its sender is known.
    case admitted(Caller)
    /// No token came, or none that we know or still honour.
    case refused
    /// Too many wrong tokens came from the sender's address; the next try makes sense after this time.
    case slowed(Duration)
}
