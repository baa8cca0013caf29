public import PrecacheModel

/// Keeps a ``TokenGate`` in step with the store, also when another process writes: `precached token create` and
/// `revoke` are noticed within ``interval``.
public struct TokenRefresh: Sendable {
    /// How often the store is asked whether its tokens changed: after a revocation a token may hold for so long.
    public static let interval = Duration.seconds(1)

    private let gate: TokenGate
    private let generation: @Sendable () async throws -> Int64
    private let tokens: @Sendable () async throws -> [TokenRecord]

    /// Keeps a gate in step.
    ///
    /// - Parameters:
    ///   - gate: The gate.
    ///   - generation: A number that differs whenever `tokens` may.
    ///   - tokens: All tokens.
    public init(
        gate: TokenGate,
        generation: @escaping @Sendable () async throws -> Int64,
        tokens: @escaping @Sendable () async throws -> [TokenRecord]
    ) {
        self.gate = gate
        self.generation = generation
        self.tokens = tokens
    }

    /// Reads the tokens once.
    ///
    /// - Returns: The generation that was read, for ``refresh(since:)``.
    /// - Throws: What the store throws.
    public func load() async throws -> Int64 {
        // The number first: a write in between then shows as another generation.
        let number = try await generation()
        gate.replace(with: try await tokens())
        return number
    }

    /// Reads the tokens if they may have changed since.
    ///
    /// - Returns: The generation that is known now.
    /// - Throws: What the store throws; what was known stays.
    public func refresh(since known: Int64) async throws -> Int64 {
        try await generation() == known ? known : try await load()
    }

    /// Keeps in step until the task is cancelled; a store that fails is asked again.
    ///
    /// - Parameters:
    ///   - known: What ``load()`` returned.
    ///   - onFailure: Told of each failure.
    public func run(since known: Int64, onFailure: @Sendable (any Error) -> Void) async {
        var known = known
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            guard !Task.isCancelled else { return }
            do { known = try await refresh(since: known) } catch { onFailure(error) }
        }
    }
}
