/// What becomes of a request at the door.
public enum Admission: Hashable, Sendable {
    /// Its sender is known.
    case admitted(Caller)
    /// A token came that may have been made a moment ago: look again after reading what there is.
    case unfamiliar
    /// No token came, or none that we know or still honour.
    case refused
    /// Too many wrong tokens came from the sender's address; the next try makes sense after this time.
    case slowed(Duration)
}
