package import PrecacheModel
import Synchronization

/// Keeps a ``TokenGate`` in step with the store, also when another process writes: a token that was revoked by
/// `precached token revoke` is refused within ``interval``; one that was just made is known at its first use.
package final class TokenRefresh: Sendable {
    /// How often the store is asked whether its tokens changed: after a revocation a token may hold for so long.
    package static let interval = Duration.seconds(1)

    /// What became of a token since the store was asked before.
    package enum Change: Hashable, Sendable {
        case made(TokenRecord)
        case revoked(TokenRecord)
    }

    private struct State {
        var known: Int64?
        /// The ids of all tokens that were read, and whether they were revoked; nil before the first time.
        var seen: [Int64: Bool]?
        var current: Task<Void, Never>?
        var next: Task<Void, Never>?
    }

    private let gate: TokenGate
    private let generation: @Sendable () async throws -> Int64
    private let tokens: @Sendable () async throws -> [TokenRecord]
    private let onChange: @Sendable (Change) -> Void
    private let onEnd: @Sendable ((any Error)?) -> Void
    private let state = Mutex(State())

    /// Keeps a gate in step.
    ///
    /// - Parameters:
    ///   - gate: The gate.
    ///   - generation: A number that differs whenever `tokens` may.
    ///   - tokens: All tokens.
    ///   - onChange: Told of each token that was made or revoked since the first time, by whatever process.
    ///   - onEnd: Told of each refresh with what went wrong, nil if nothing did.
    package init(
        gate: TokenGate,
        generation: @escaping @Sendable () async throws -> Int64,
        tokens: @escaping @Sendable () async throws -> [TokenRecord],
        onChange: @escaping @Sendable (Change) -> Void = { _ in },
        onEnd: @escaping @Sendable ((any Error)?) -> Void = { _ in }
    ) {
        self.gate = gate
        self.generation = generation
        self.tokens = tokens
        self.onChange = onChange
        self.onEnd = onEnd
        gate.use(self)
    }

    /// Reads the tokens if they may have changed since they were read.
    ///
    /// Throws what the store throws; what was known stays.
    package func refresh() async throws {
        // The number first: a write in between then shows as another one.
        let number = try await generation()
        guard number != state.withLock({ $0.known }) else { return }
        let all = try await tokens()
        gate.replace(with: all)
        let before = state.withLock { state in
            let before = state.seen
            state.known = number
            state.seen = Dictionary(all.map { ($0.id, $0.revokedAt != nil) }) { $0 || $1 }
            return before
        }
        guard let before else { return }
        for token in all {
            if before[token.id] == nil { onChange(.made(token)) }
            if token.revokedAt != nil, before[token.id] != true { onChange(.revoked(token)) }
        }
    }

    /// Keeps in step until the task is cancelled; a store that fails is asked again.
    package func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            guard !Task.isCancelled else { return }
            await refreshAndTell()
        }
    }

    private func refreshAndTell() async {
        do {
            try await refresh()
            onEnd(nil)
        } catch {
            onEnd(error)
        }
    }

    /// Refreshes now; those who ask while it is under way share the next one, so that it began after they asked.
    func hurry() async {
        let task = state.withLock { state -> Task<Void, Never> in
            if let next = state.next { return next }
            let task = hurried(after: state.current)
            if state.current == nil { state.current = task } else { state.next = task }
            return task
        }
        await task.value
    }

    private func hurried(after former: Task<Void, Never>?) -> Task<Void, Never> {
        Task {
            await former?.value
            await refreshAndTell()
            state.withLock { state in
                state.current = state.next
                state.next = nil
            }
        }
    }
}
