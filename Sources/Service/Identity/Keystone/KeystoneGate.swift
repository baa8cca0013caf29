package import HTTPDoor
package import PrecacheModel
import Synchronization

/// Knows callers by tokens that Keystone gave them, and by our own beside them if wanted.
///
/// Answers from memory while it may: a token is looked up once in ``KeystoneGateConfiguration/cacheTime``, however many
/// requests come with it, also at once.
package final class KeystoneGate: Gatekeeper {
    private let session: KeystoneSession
    private let own: TokenGate?
    private let configuration: KeystoneGateConfiguration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let onTrouble: @Sendable (KeystoneError) -> Void
    private let known: Mutex<ValidationCache>
    private let refused: Mutex<ValidationCache>
    private let brake: AttemptBrake
    /// Look-ups under way, by the tokens' hashes, and how many of them are of addresses that are slowed down.
    private struct Flights {
        var tasks: [[UInt8]: Task<Admission, Never>] = [:]
        var slowed = 0
    }

    private let flights = Mutex(Flights())

    /// A gate.
    ///
    /// - Parameters:
    ///   - session: The service's own user, who looks tokens up.
    ///   - own: Knows our own tokens; nil to honour Keystone's alone.
    ///   - configuration: Roles and times.
    ///   - now: The clock; tests bring their own.
    ///   - onTrouble: Told when Keystone can't be made use of.
    package init(
        _ session: KeystoneSession,
        own: TokenGate?,
        configuration: KeystoneGateConfiguration,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
        onTrouble: @escaping @Sendable (KeystoneError) -> Void
    ) {
        self.session = session
        self.own = own
        self.configuration = configuration
        self.now = now
        self.onTrouble = onTrouble
        known = Mutex(ValidationCache(limit: configuration.cacheSize))
        // Strangers' tokens push out each other alone.
        refused = Mutex(ValidationCache(limit: configuration.cacheSize))
        brake = AttemptBrake(configuration.attempts)
    }

    /// Keystone's challenge, as keystonemiddleware words it, and ours.
    package var challenges: [String] {
        (own?.challenges ?? []) + ["Keystone uri=\"\(session.api.configuration.publicURL)\""]
    }

    /// Who sends a request; `unfamiliar` where Keystone has to be asked.
    package func admit(_ credentials: Credentials, peer: String) -> Admission {
        guard let token = credentials.token else { return own?.admit(credentials, peer: peer) ?? .refused }
        if let own, BearerToken.isShaped(token) { return own.admit(credentials, peer: peer) }
        let (hash, now) = (BearerToken.hash(of: token), self.now())
        if case .some(.some(let caller)) = known.withLock({ $0.caller(hash, now: now) }) {
            return .admitted(caller)
        }
        return refused.withLock { $0.caller(hash, now: now) } == nil ? .unfamiliar : .refused
    }

    /// Asks Keystone; those who come with the same token meanwhile share the answer.
    package func admitAnew(_ credentials: Credentials, peer: String) async -> Admission {
        guard let token = credentials.token else { return .refused }
        if let own, BearerToken.isShaped(token) { return await own.admitAnew(credentials, peer: peer) }
        let hash = BearerToken.hash(of: token)
        // A token that held before is no guess: behind one proxy, strangers' guesses mustn't keep its bearer out.
        // Nor does one that nobody has seen have to be: a share of the look-ups is left for those.
        let wait = known.withLock({ $0.hasMet(hash) }) ? nil : brake.wait(for: peer, now: now())
        let flight = flights.withLock { flights -> Task<Admission, Never>? in
            if let flight = flights.tasks[hash] { return flight }
            guard flights.tasks.count < configuration.concurrentLookups else { return nil }
            if wait != nil {
                guard flights.slowed < configuration.slowedLookups else { return nil }
                flights.slowed += 1
            }
            let flight = Task { await lookUp(token, hash, peer, isSlowed: wait != nil) }
            flights.tasks[hash] = flight
            return flight
        }
        return await flight?.value ?? wait.map { .slowed($0) } ?? .unavailable(.seconds(1))
    }

    private func lookUp(
        _ token: String,
        _ hash: [UInt8],
        _ peer: String,
        isSlowed: Bool
    ) async -> Admission {
        let admission = await ask(token, hash, peer)
        flights.withLock { flights in
            flights.tasks[hash] = nil
            if isSlowed { flights.slowed -= 1 }
        }
        return admission
    }

    private func ask(_ token: String, _ hash: [UInt8], _ peer: String) async -> Admission {
        // A flight may have landed between the look into memory and this one's start.
        if case .admitted(let caller) = admit(Credentials(authToken: token), peer: peer) {
            return .admitted(caller)
        }
        do throws(KeystoneError) {
            let api = session.api
            let answer = try await session.withToken { own throws(KeystoneError) in
                try await api.validate(token, with: own)
            }
            let now = self.now()
            let left = answer.map { $0.expires - Timestamp.now() } ?? .zero
            guard let answer, left > .zero else {
                let until = now + configuration.refusalTime
                refused.withLock { $0.remember(nil, hash, until: until, now: now) }
                return brake.failure(from: peer, now: now).map { .slowed($0) } ?? .refused
            }
            let caller = Caller(
                name: answer.identity.userName,
                role: configuration.roles.role(of: answer.identity.roles),
                keystone: answer.identity,
                expiresAt: answer.expires
            )
            let until = now + min(configuration.cacheTime, left)
            known.withLock { $0.remember(caller, hash, until: until, now: now) }
            return .admitted(caller)
        } catch {
            onTrouble(error)
            if case .unavailable(_, let wait?) = error { return .unavailable(wait) }
            return .unavailable(.seconds(5))
        }
    }
}

/// How the gate trusts what Keystone said.
package struct KeystoneGateConfiguration: Sendable {
    /// Which roles count.
    package var roles: RoleMapping
    /// How long a token that holds is believed without asking again: a revocation is noticed within this time.
    ///
    /// The default is 60 s.
    package var cacheTime: Duration = .seconds(60)
    /// The same for a token that doesn't hold.
    ///
    /// The default is 10 s.
    package var refusalTime: Duration = .seconds(10)
    /// Tokens remembered at most, of either kind.
    ///
    /// The default is 10,000.
    package var cacheSize = 10_000
    /// Tokens that are being looked up at once; others are told to come again.
    ///
    /// The default is 256.
    package var concurrentLookups = 256
    /// How many of these may be for addresses that sent too many wrong tokens: behind a proxy, its honest users' new tokens
    /// are among them, and nothing else tells those from guesses.
    ///
    /// The default is 32.
    package var slowedLookups = 32
    /// Wrong tokens that one address may send: more than for tokens of our own, as a dashboard speaks for many users.
    package var attempts = AttemptLimits(burst: 100, interval: .milliseconds(200))

    /// A configuration with these roles and the defaults.
    package init(roles: RoleMapping) { self.roles = roles }
}

/// Which of Keystone's roles stand for which of ours.
package struct RoleMapping: Sendable {
    private let roles: [(role: Role, names: Set<String>)]

    /// A mapping; letter case doesn't count in roles' names, as in oslo.policy.
    package init(admin: [String], operator operators: [String], reader: [String]) {
        roles = [(.admin, admin), (.operator, operators), (.reader, reader)].map { role, names in
            (role, Set(names.map { $0.lowercased() }))
        }
    }

    /// The most that any of these roles stands for; nil if none counts.
    func role(of names: [String]) -> Role? {
        let held = Set(names.map { $0.lowercased() })
        return roles.first { !$0.names.isDisjoint(with: held) }?.role
    }
}
