import PrecacheModel

/// A token of the service's own user, with the catalogue that came with it.
package struct ServiceToken: Sendable, CustomStringConvertible {
    /// The token itself: secret.
    package let text: String
    /// When it was received, by a clock that nobody sets.
    var receivedAt: ContinuousClock.Instant
    /// How long it holds from then on.
    let life: Duration
    /// The endpoints that Keystone lists.
    package let catalogue: ServiceCatalogue

    /// Looks at the time that it has left.
    ///
    /// - Parameters:
    ///   - minimumLife: What it must have left; half its life is enough, as else one that never had so much would be
    ///     renewed at each use.
    ///   - now: The time.
    /// - Returns: Whether it may still be handed on.
    func isFresh(_ minimumLife: Duration, at now: ContinuousClock.Instant) -> Bool {
        life - receivedAt.duration(to: now) >= min(minimumLife, life / 2)
    }

    /// Never the token.
    package var description: String { "<token>" }
}
