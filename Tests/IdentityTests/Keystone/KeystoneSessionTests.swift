import HTTPFetching
import PrecacheModel
import Synchronization
import TestSupport
import Testing

@testable import Identity

@Suite(.timeLimit(.minutes(10)))
struct KeystoneSessionTests {
    private func failure(_ session: KeystoneSession) async -> KeystoneError? {
        do throws(KeystoneError) {
            _ = try await session.token()
            return nil
        } catch {
            return error
        }
    }

    @Test func allWhoNeedATokenAtOnceShareOneRequest() async throws {
        try await FakeKeystone.with { keystone, session in
            let gate = Latch()
            keystone.hold(by: gate)
            let texts = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<50 { group.addTask { try await session.token().text } }
                gate.open()
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(texts == ["own-1"])
            _ = try await session.token()
            #expect(keystone.issued == 1)
        }
    }

    @Test func aTokenIsRenewedBeforeItEndsAndUsedUpWhileKeystoneIsAway() async throws {
        let start = ContinuousClock.now
        let age = Mutex(Duration.zero)
        let clock: @Sendable () -> ContinuousClock.Instant = { start + age.withLock { $0 } }
        try await FakeKeystone.with(now: clock) { keystone, session in
            for (seconds, token) in [(0, "own-1"), (3299, "own-1"), (3301, "own-2")] {
                age.withLock { $0 = .seconds(seconds) }
                let text = try await session.token().text
                #expect(text == token)
            }
            keystone.change { $0.trouble = "503 Service Unavailable" }
            // Asked at first, and not again within the second.
            for seconds in [6700, 6700, 6890] {
                age.withLock { $0 = .seconds(seconds) }
                let text = try await session.token().text
                #expect(text == "own-2")
            }
            #expect(keystone.issued == 4)
            age.withLock { $0 = .seconds(3301 + 3596) }
            #expect(await failure(session) == .unavailable("Keystone answered 503", retryAfter: nil))
        }
    }

    @Test(arguments: [
        (life: 3600, age: 0, minimum: 300, isFresh: true),
        (3600, 3299, 300, true),
        (3600, 3301, 300, false),
        (10, 4, 300, true),
        (10, 6, 300, false),
    ])
    func halfItsLifeIsEnoughForATokenThatNeverHadMore(
        life: Int,
        age: Int,
        minimum: Int,
        isFresh: Bool
    ) {
        let now = ContinuousClock.now
        let token = ServiceToken(
            text: "x",
            receivedAt: now,
            life: .seconds(life),
            catalogue: ServiceCatalogue(nil)
        )
        #expect(token.isFresh(.seconds(minimum), at: now + .seconds(age)) == isFresh)
        #expect("\(token)" == "<token>")
    }

    @Test func aRefusedTokenIsAskedForAnewButOnceForAllWhoWereRefused() async throws {
        try await FakeKeystone.with { keystone, session in
            let first = try await session.token().text
            for _ in 0..<5 { session.discard(first) }
            let text = try await session.token().text
            #expect(text == "own-2")
            session.discard(first)
            let later = try await session.token().text
            #expect(later == "own-2")
        }
    }

    @Test func aWrongPasswordIsSaidSoWithoutIt() async throws {
        try await FakeKeystone.with { keystone, session in
            keystone.change { $0.isPasswordRight = false }
            let text = await failure(session)?.description ?? ""
            #expect(text == "Keystone refuses the service's user precache in project service: 401")
        }
    }

    @Test func aKeystoneInTroubleIsntAskedAgainAtOnce() async throws {
        let start = ContinuousClock.now
        let standing: @Sendable () -> ContinuousClock.Instant = { start }
        try await FakeKeystone.with(now: standing) { keystone, session in
            keystone.change { $0.trouble = "503 Service Unavailable" }
            #expect(await failure(session) == .unavailable("Keystone answered 503", retryAfter: nil))
            #expect(await failure(session) == .unavailable("Keystone answered 503", retryAfter: nil))
            #expect(keystone.issued == 1)
        }
    }

    @Test func theBodyIsWhatIdentityAPIV3AsksFor() async throws {
        try await FakeKeystone.with { keystone, session in
            _ = try await session.token()
            let password =
                #"{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"precache","#
                + #""domain":{"id":"default"},"password":"s3cret"}}},"#
                + #""scope":{"project":{"name":"service","domain":{"id":"default"}}}}}"#
            #expect(keystone.state.withLock { $0.bodies } == [password])
            let credential = KeystoneCredential.applicationCredential(id: "abc", secret: "s")
            #expect(
                String(decoding: credential.body(), as: UTF8.self)
                    == #"{"auth":{"identity":{"methods":["application_credential"],"#
                    + #""application_credential":{"id":"abc","secret":"s"}}}}"#
            )
            #expect("\(credential)" == "application credential abc")
        }
    }

    @Test func endpointsAreChosenByRegionAndInterface() async throws {
        try await FakeKeystone.with { _, session in
            let catalogue = try await session.token().catalogue
            let urls = try catalogue.urls(of: "image", interface: "internal", region: "RegionTwo")
            #expect(urls == ["http://internal.RegionTwo"])
            for (type, region, words) in [
                ("image", String?.none, "set keystone.region_name"),
                ("image", "Nowhere", "no public endpoint of type image in region Nowhere"),
                ("volume", "RegionOne", "no public endpoint of type volume"),
            ] {
                do throws(KeystoneError) {
                    _ = try catalogue.urls(of: type, interface: "public", region: region)
                    Issue.record("found")
                } catch {
                    #expect(error.description.contains(words))
                }
            }
        }
    }
}
