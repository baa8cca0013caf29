import HTTPDoor
import HTTPFetching
import PrecacheModel
import Synchronization
import TestSupport
import Testing

@testable import Identity

@Suite(.timeLimit(.minutes(10)))
struct KeystoneGateTests {
    private let configuration = KeystoneGateConfiguration(
        roles: RoleMapping(admin: ["admin"], operator: ["member", "Image_Operator"], reader: ["reader"])
    )

    private func gate(_ session: KeystoneSession, own: TokenGate? = nil) -> KeystoneGate {
        KeystoneGate(session, own: own, configuration: configuration, onTrouble: { _ in })
    }

    private func role(_ admission: Admission) -> Role? {
        guard case .admitted(let caller) = admission else { return nil }
        return caller.role
    }

    @Test func aTokenIsLookedUpOnceHoweverManyComeWithItAtOnce() async throws {
        try await FakeKeystone.with { keystone, session in
            keystone.change { $0.callers["t"] = (["reader"], FakeKeystone.projectScope) }
            let gate = gate(session)
            let held = Latch()
            keystone.hold(by: held)
            let credentials = Credentials(authToken: "t")
            #expect(gate.admit(credentials, peer: "p") == .unfamiliar)
            let admissions = await withTaskGroup(of: Admission.self) { group in
                for _ in 0..<100 { group.addTask { await gate.admission(of: credentials, peer: "p") } }
                held.open()
                return await group.reduce(into: Set()) { $0.insert($1) }
            }
            let identity = KeystoneIdentity(
                userID: "u-t",
                userName: "alice",
                projectID: "p1",
                projectName: "demo",
                roles: ["reader"]
            )
            guard case .admitted(let met)? = admissions.first else {
                Issue.record("nobody was admitted: \(admissions)")
                return
            }
            #expect(met.expiresAt.map { $0 > .now() } == true)
            let caller = Caller(
                name: "alice",
                role: .reader,
                keystone: identity,
                expiresAt: met.expiresAt
            )
            #expect(admissions == [.admitted(caller)])
            #expect(gate.admit(Credentials(authorization: "Bearer t"), peer: "q") == .admitted(caller))
            #expect(keystone.validations == ["t"])
        }
    }

    @Test(arguments: [
        (roles: ["member", "admin"], scope: FakeKeystone.projectScope, role: Role?.some(.admin)),
        (["IMAGE_OPERATOR"], FakeKeystone.projectScope, .operator),
        (["reader", "other"], FakeKeystone.projectScope, .reader),
        (["other"], FakeKeystone.projectScope, nil),
        (["admin"], #""system":{"all":true}"#, .admin),
        (["admin"], #""domain":{"id":"d"}"#, nil),
    ])
    func theMostOfACallersRolesCountsInAProjectOrTheSystem(
        roles: [String],
        scope: String,
        role: Role?
    ) async throws {
        try await FakeKeystone.with { keystone, session in
            keystone.change { $0.callers["t"] = (roles, scope) }
            let admission = await gate(session).admission(of: Credentials(authToken: "t"), peer: "p")
            guard case .admitted(let caller) = admission else {
                Issue.record("\(admission)")
                return
            }
            #expect(caller.role == role && !caller.isUnchecked)
            #expect(caller.may(.reader) == (role != nil))
        }
    }

    @Test func aWrongTokenIsRefusedFromMemoryForAWhileAndAFloodOfThemSlowed() async throws {
        try await FakeKeystone.with { keystone, session in
            var configuration = configuration
            configuration.attempts = AttemptLimits(burst: 2, interval: .seconds(60))
            let gate = KeystoneGate(session, own: nil, configuration: configuration, onTrouble: { _ in })
            let wrong = Credentials(authToken: "wrong")
            for _ in 0..<5 { #expect(await gate.admission(of: wrong, peer: "p") == .refused) }
            #expect(keystone.validations == ["wrong"])
            #expect(await gate.admission(of: Credentials(authToken: "w2"), peer: "p") == .refused)
            guard case .slowed = await gate.admission(of: Credentials(authToken: "w3"), peer: "p") else {
                Issue.record("not slowed")
                return
            }
            #expect(await gate.admission(of: Credentials(authToken: "w4"), peer: "q") == .refused)
        }
    }

    @Test func behindAProxyANewTokenComesInWhateverWrongOnesCameBefore() async throws {
        try await FakeKeystone.with { keystone, session in
            var configuration = configuration
            configuration.attempts = AttemptLimits(burst: 2, interval: .seconds(60))
            let gate = KeystoneGate(session, own: nil, configuration: configuration, onTrouble: { _ in })
            keystone.change {
                for number in 0..<20 {
                    $0.callers["user-\(number)"] = (["reader"], FakeKeystone.projectScope)
                }
            }
            for number in 0..<20 {
                let wrong = Credentials(authToken: "wrong-\(number)")
                if case .admitted = await gate.admission(of: wrong, peer: "proxy") { Issue.record("let in") }
                let right = Credentials(authToken: "user-\(number)")
                #expect(role(await gate.admission(of: right, peer: "proxy")) == .reader)
            }
            configuration.slowedLookups = 0
            let strict = KeystoneGate(session, own: nil, configuration: configuration, onTrouble: { _ in })
            for number in 0..<3 {
                _ = await strict.admission(of: Credentials(authToken: "w-\(number)"), peer: "proxy")
            }
            guard case .slowed = await strict.admission(of: Credentials(authToken: "user-1"), peer: "proxy")
            else {
                Issue.record("the share has no bound")
                return
            }
        }
    }

    @Test func theServicesOwnTokenIsRenewedWhenKeystoneNoLongerTakesIt() async throws {
        try await FakeKeystone.with { keystone, session in
            keystone.change {
                $0.callers["t"] = (["reader"], FakeKeystone.projectScope)
                $0.refused = ["own-1"]
            }
            #expect(
                role(await gate(session).admission(of: Credentials(authToken: "t"), peer: "p")) == .reader
            )
            #expect(keystone.issued == 2)
        }
    }

    @Test func withKeystoneAwayWhatIsKnownGoesOnAndTheRestIsNeitherRightNorWrong()
        async throws
    {
        try await FakeKeystone.with { keystone, session in
            keystone.change {
                for name in ["a", "b"] { $0.callers[name] = (["reader"], FakeKeystone.projectScope) }
            }
            let troubles = Mutex<[KeystoneError]>([])
            let gate = KeystoneGate(session, own: nil, configuration: configuration) { error in
                troubles.withLock { $0.append(error) }
            }
            #expect(role(await gate.admission(of: Credentials(authToken: "a"), peer: "p")) == .reader)
            keystone.change { $0.trouble = "503 Service Unavailable" }
            #expect(role(await gate.admission(of: Credentials(authToken: "a"), peer: "p")) == .reader)
            #expect(
                await gate.admission(of: Credentials(authToken: "b"), peer: "p") == .unavailable(.seconds(5))
            )
            #expect(troubles.withLock { $0 } == [.unavailable("Keystone answered 503", retryAfter: nil)])
            keystone.change { $0.trouble = nil }
            #expect(role(await gate.admission(of: Credentials(authToken: "b"), peer: "p")) == .reader)
        }
    }

    @Test func noTokenIsBelievedBeyondItsOwnEnd() async throws {
        try await FakeKeystone.with { keystone, session in
            keystone.change {
                $0.life = .seconds(1000)
                $0.callers["t"] = (["reader"], FakeKeystone.projectScope)
            }
            var configuration = configuration
            configuration.cacheTime = .seconds(3000)
            let start = ContinuousClock.now
            let age = Mutex(Duration.zero)
            let clock: @Sendable () -> ContinuousClock.Instant = { start + age.withLock { $0 } }
            let gate = KeystoneGate(
                session,
                own: nil,
                configuration: configuration,
                now: clock,
                onTrouble: { _ in }
            )
            let credentials = Credentials(authToken: "t")
            #expect(role(await gate.admission(of: credentials, peer: "p")) == .reader)
            age.withLock { $0 = .seconds(900) }
            #expect(role(gate.admit(credentials, peer: "p")) == .reader)
            age.withLock { $0 = .seconds(1001) }
            #expect(gate.admit(credentials, peer: "p") == .unfamiliar)
        }
    }

    @Test func tokensOfOurOwnNeverReachKeystone() async throws {
        try await FakeKeystone.with { keystone, session in
            let own = TokenGate()
            let token = try BearerToken.make()
            own.replace(with: [
                TokenRecord(id: 1, name: "ci", role: .operator, hash: token.hash, createdAt: .now())
            ])
            let gate = gate(session, own: own)
            #expect(
                role(gate.admit(Credentials(authorization: "Bearer \(token.text)"), peer: "p")) == .operator
            )
            #expect(role(gate.admit(Credentials(authToken: token.text), peer: "p")) == .operator)
            let unknown = Credentials(authToken: try BearerToken.make().text)
            #expect(await gate.admission(of: unknown, peer: "p") == .refused)
            #expect(keystone.validations.isEmpty)
            #expect(gate.admit(Credentials(), peer: "p") == .refused)
            #expect(gate.challenges.count == 2 && gate.challenges[1].hasPrefix("Keystone uri=\"http://127."))
        }
    }

    @Test func memoryIsBoundedAndWhatEndsFirstGoesFirst() {
        let now = ContinuousClock.now
        var cache = ValidationCache(limit: 8)
        let caller = Caller(name: "a", role: .reader)
        for number in 0..<100 {
            cache.remember(caller, [UInt8(number)], until: now + .seconds(100 + number), now: now)
        }
        #expect(cache.count <= 8)
        #expect(cache.caller([99], now: now) == .some(.some(caller)))
        #expect(cache.caller([0], now: now) == nil)
        #expect(cache.caller([99], now: now + .seconds(199)) == nil)
    }
}
