/// What is to happen once a write's transaction is durable: memory follows the database, never the reverse.
///
/// The actions run on the writer's queue, in the order of the transactions, before the writers hear of success.
/// Not Sendable: it lives for one run of one write's body.
package final class AfterCommit {
    private var actions: [@Sendable () -> Void] = []

    package init() {}

    /// Runs `action` after the commit, and never if the write fails.
    package func perform(_ action: @escaping @Sendable () -> Void) { actions.append(action) }

    func takeActions() -> [@Sendable () -> Void] { actions }
}
