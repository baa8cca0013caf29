import HTTPDoor
import PrecacheModel
import Synchronization
import Testing

@testable import Identity

@Suite struct TokenGateTests {
    private func record(
        _ token: BearerToken,
        _ name: String,
        _ role: Role,
        host: HostName? = nil,
        revoked: Bool = false
    ) -> TokenRecord {
        TokenRecord(
            id: 1,
            name: name,
            role: role,
            host: host,
            hash: token.hash,
            createdAt: Timestamp(microseconds: 0),
            revokedAt: revoked ? Timestamp(microseconds: 1) : nil
        )
    }

    @Test func aKnownTokenIsAdmittedWithItsNameAndRole() throws {
        let (gate, token) = (TokenGate(), try BearerToken.make())
        gate.replace(with: [record(token, "ci", .operator)])
        let caller = Caller(name: "ci", role: .operator)
        for scheme in ["Bearer", "bearer", "BEARER", "Bearer  "] {
            #expect(
                gate.admit(Credentials(authorization: "\(scheme) \(token.text)"), peer: "p")
                    == .admitted(caller)
            )
        }
    }

    @Test func aBoundTokensBearerSpeaksForItsHost() throws {
        let (gate, token, host) = (TokenGate(), try BearerToken.make(), try HostName("compute-1"))
        gate.replace(with: [record(token, "a", .agent, host: host)])
        let admission = gate.admit(Credentials(authorization: "Bearer \(token.text)"), peer: "p")
        #expect(admission == .admitted(Caller(name: "a", role: .agent, host: host)))
    }

    @Test(arguments: ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer wrong", "Bearer \u{e9}"])
    func whatIsNoTokenOfOursIsRefused(field: String) {
        #expect(TokenGate().admit(Credentials(authorization: field), peer: "p") == .refused)
    }

    @Test func noFieldIsRefusedAndNotCounted() throws {
        let gate = TokenGate(limits: AttemptLimits(burst: 1))
        for _ in 0..<50 { #expect(gate.admit(Credentials(authorization: nil), peer: "p") == .refused) }
    }

    @Test func aRevokedTokenIsUnknown() async throws {
        let (gate, token) = (TokenGate(), try BearerToken.make())
        gate.replace(with: [record(token, "ci", .admin)])
        gate.replace(with: [record(token, "ci", .admin, revoked: true)])
        #expect(gate.admit(Credentials(authorization: "Bearer \(token.text)"), peer: "p") == .unfamiliar)
        #expect(
            await gate.admitAnew(Credentials(authorization: "Bearer \(token.text)"), peer: "p") == .refused
        )
    }

    @Test func wrongTokensAreSlowedDownAndRightOnesStillComeIn() throws {
        let clock = Mutex(ContinuousClock.now)
        let gate = TokenGate(limits: AttemptLimits(burst: 2, interval: .seconds(5))) { clock.withLock { $0 } }
        let token = try BearerToken.make()
        gate.replace(with: [record(token, "ci", .reader)])
        for _ in 0..<2 { #expect(gate.admit(Credentials(authorization: "Bearer x"), peer: "p") == .refused) }
        #expect(gate.admit(Credentials(authorization: "Bearer x"), peer: "p") == .slowed(.seconds(5)))
        #expect(gate.admit(Credentials(authorization: "Bearer x"), peer: "q") == .refused)
        let admitted = Admission.admitted(Caller(name: "ci", role: .reader))
        #expect(gate.admit(Credentials(authorization: "Bearer \(token.text)"), peer: "p") == admitted)
        clock.withLock { $0 += .seconds(5) }
        #expect(gate.admit(Credentials(authorization: "Bearer x"), peer: "p") == .refused)
    }

    @Test func aSlowedAddressCausesNoReads() throws {
        let gate = TokenGate(limits: AttemptLimits(burst: 1, interval: .seconds(600)))
        _ = gate.admit(Credentials(authorization: "Bearer x"), peer: "p")
        guard
            case .slowed = gate.admit(
                Credentials(authorization: "Bearer \(try BearerToken.make().text)"),
                peer: "p"
            )
        else { return #expect(Bool(false), "a well-shaped guess is slowed like others") }
    }

    @Test func tokensSayNothingOfThemselves() throws {
        let token = try BearerToken.make()
        #expect("\(token)" == "<token>" && String(reflecting: token) == "<token>")
        #expect(token.text.hasPrefix("pc_") && token.text.utf8.count == 46)
        #expect(try BearerToken.make().text != token.text)
        #expect(token.hash.count == 32 && token.hash == BearerToken.hash(of: token.text))
    }
}
