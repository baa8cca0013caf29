/// Where a host of a job stands, as the database numbers it.
enum StoredHostState: Int {
    /// Has unfinished images and waits for its next attempt.
    case waiting = 0
    /// An attempt is under way, or was when the service ended.
    case claimed = 1
    /// Every image has its outcome.
    case done = 2
}
