package import HTTPFetching
import PrecacheModel
import Synchronization

/// The service's own user at Keystone: one token for all who need it, renewed before it ends.
package final class KeystoneSession: Sendable {
    /// How long a failure is taken for the answer to whoever asks next, so that a Keystone in trouble isn't flooded.
    private static let pause = Duration.seconds(1)

    private typealias Answer = Result<ServiceToken, KeystoneError>

    private struct State {
        var token: ServiceToken?
        var flight: Task<Answer, Never>?
        var failure: (error: KeystoneError, until: ContinuousClock.Instant)?
    }

    /// What a token must have left to be used when there is no way to a new one.
    private static let remnant = Duration.seconds(5)

    let api: KeystoneAPI
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// A session that asks for its first token when somebody needs one.
    ///
    /// - Parameters:
    ///   - configuration: Where Keystone is, and who the service is there.
    ///   - fetcher: Carries out requests.
    ///   - now: The clock; tests bring their own.
    package init(
        _ configuration: KeystoneConfiguration,
        fetcher: HTTPFetcher,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        api = KeystoneAPI(configuration: configuration, fetcher: fetcher)
        self.now = now
    }

    /// A token that has enough of its life left; those who ask while one is on its way share it.
    package func token() async throws(KeystoneError) -> ServiceToken {
        let now = now()
        enum Step {
            case known(Answer)
            case wait(Task<Answer, Never>)
        }
        let step = state.withLock { state -> Step in
            if let token = state.token, token.isFresh(api.configuration.minimumLife, at: now) {
                return .known(.success(token))
            }
            if let flight = state.flight { return .wait(flight) }
            if let failure = state.failure, now < failure.until {
                return .known(Self.answer(to: failure.error, state.token, at: now))
            }
            let flight = Task { await renew() }
            state.flight = flight
            return .wait(flight)
        }
        switch step {
        case .known(let answer): return try answer.get()
        case .wait(let flight): return try await flight.value.get()
        }
    }

    /// Lets go of a token that somebody refused, unless there is a newer one already.
    package func discard(_ token: String) {
        state.withLock { state in
            if state.token?.text == token { state.token = nil }
        }
    }

    /// Does something with a token, and once more with a new one if the first is refused.
    func withToken<Value: Sendable>(
        _ body: (String) async throws(KeystoneError) -> Value
    ) async throws(KeystoneError) -> Value {
        let first = try await token().text
        do throws(KeystoneError) {
            return try await body(first)
        } catch {
            guard case .refused = error else { throw error }
            discard(first)
            return try await body(try await token().text)
        }
    }

    private func renew() async -> Answer {
        let answer: Answer
        do throws(KeystoneError) {
            answer = .success(try await api.authenticate())
        } catch {
            answer = .failure(error)
        }
        let now = now()
        return state.withLock { state in
            state.flight = nil
            switch answer {
            case .success(var token):
                token.receivedAt = now
                state.token = token
                state.failure = nil
                return .success(token)
            case .failure(let error):
                state.failure = (error, now + Self.pause)
                return Self.answer(to: error, state.token, at: now)
            }
        }
    }

    /// While Keystone is away, what is left of the last token is better than nothing.
    private static func answer(
        to error: KeystoneError,
        _ last: ServiceToken?,
        at now: ContinuousClock.Instant
    ) -> Answer {
        if case .unavailable = error, let last, last.isFresh(remnant, at: now) { return .success(last) }
        return .failure(error)
    }
}

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
