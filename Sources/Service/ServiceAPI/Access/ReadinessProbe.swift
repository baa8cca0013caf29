/// Tells whether jobs can be accepted and go on.
///
/// Called on event loops: answers at once, from what was found out lately.
package protocol ReadinessProbe: Sendable {
    /// What is in the way, for people; nil if nothing is.
    func obstacle() -> String?
}
