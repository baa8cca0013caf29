public import HTTPFetching
import PrecacheModel
import Synchronization

/// The service's own user at Keystone: one token for all who need it, renewed before it ends.
public final class KeystoneSession: Sendable {
    /// How long a failure is taken for the answer to whoever asks next, so that a Keystone in trouble isn't flooded.
    private static let pause = Duration.seconds(1)

    private typealias Answer = Result<ServiceToken, KeystoneError>

    private struct State {
        var token: ServiceToken?
        var flight: Task<Answer, Never>?
        var failure: (error: KeystoneError, until: ContinuousClock.Instant)?
    }

    let api: KeystoneAPI
    private let state = Mutex(State())

    /// A session that asks for its first token when somebody needs one.
    public init(_ configuration: KeystoneConfiguration, fetcher: HTTPFetcher) {
        api = KeystoneAPI(configuration: configuration, fetcher: fetcher)
    }

    /// A token that has enough of its life left; those who ask while one is on its way share it.
    public func token() async throws(KeystoneError) -> ServiceToken {
        let now = ContinuousClock.now
        enum Step {
            case known(Answer)
            case wait(Task<Answer, Never>)
        }
        let step = state.withLock { state -> Step in
            if let token = state.token, token.isFresh(api.configuration.minimumLife, at: now) {
                return .known(.success(token))
            }
            if let flight = state.flight { return .wait(flight) }
            if let failure = state.failure, now < failure.until { return .known(.failure(failure.error)) }
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
    public func discard(_ token: String) {
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
        return state.withLock { state in
            state.flight = nil
            switch answer {
            case .success(let token):
                state.token = token
                state.failure = nil
            case .failure(let error):
                state.failure = (error, .now + Self.pause)
                // What is left of the old one is better than nothing, while Keystone is away.
                if case .unavailable = error, let old = state.token, old.isFresh(.seconds(5), at: .now) {
                    return .success(old)
                }
            }
            return answer
        }
    }
}
