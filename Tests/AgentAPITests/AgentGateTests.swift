import HTTPDoor
import HTTPServing
import HTTPTypes
import Testing

@testable import AgentAPI

@Suite struct AgentGateTests {
    private func peer(_ name: String?) -> Peer {
        let certificate = name.map { PeerCertificate(commonName: nil, dnsNames: [$0]) }
        return Peer(address: "10.0.0.1", port: 1, isLoopback: false, certificate: certificate)
    }

    @Test func theTokenOpens() async throws {
        let rig = try AgentRig(AgentAccess(token: "right", clientName: nil))
        let none = try await rig.send(.get, "/v1/images")
        #expect(none.status == 401)
        #expect(none.headers[.wwwAuthenticate] == "Bearer")
        #expect(
            try await rig.send(.get, "/v1/images", headers: [.authorization: "Bearer wrong"]).status == 401
        )
        #expect(
            try await rig.send(.get, "/v1/images", headers: [.authorization: "Bearer right"]).status == 200
        )
        #expect(try await rig.send(.get, "/healthz").status == 200)
        #expect(try await rig.send(.get, "/readyz").status == 200)
        #expect(try await rig.send(.get, "/metrics").status == 401)
        #expect(try await rig.send(.get, "/nowhere").status == 401)
    }

    @Test func theServicesCertificateOpens() async throws {
        let rig = try AgentRig(AgentAccess(token: nil, clientName: "precached"))
        #expect(try await rig.send(.get, "/v1/images", peer: peer("precached")).status == 200)
        #expect(try await rig.send(.get, "/v1/images", peer: peer(nil)).status == 401)
        let other = try await rig.send(.get, "/v1/images", peer: peer("web-1"))
        #expect(other.status == 403)
        #expect(other.text.contains("the certificate names web-1; this agent takes orders from precached"))
    }

    @Test func eitherIsEnough() async throws {
        let rig = try AgentRig(AgentAccess(token: "right", clientName: "precached"))
        let token: HTTPFields = [.authorization: "Bearer right"]
        #expect(try await rig.send(.get, "/v1/images", headers: token, peer: peer(nil)).status == 200)
        #expect(try await rig.send(.get, "/v1/images", headers: token, peer: peer("web-1")).status == 200)
        #expect(try await rig.send(.get, "/v1/images", peer: peer("precached")).status == 200)
    }

    @Test func guessingIsSlowedDown() async throws {
        let rig = try AgentRig(AgentAccess(token: "right", clientName: nil))
        for _ in 0..<10 { _ = try await rig.send(.get, "/v1/images", headers: [.authorization: "Bearer x"]) }
        let answer = try await rig.send(.get, "/v1/images", headers: [.authorization: "Bearer right"])
        #expect(answer.status == 429)
        #expect(answer.headers[.retryAfter] != nil)
        let elsewhere = try await rig.send(
            .get,
            "/v1/images",
            headers: [.authorization: "Bearer right"],
            peer: peer(nil)
        )
        #expect(elsewhere.status == 200)
    }

    @Test func theBrakeLetsGo() {
        let brake = AttemptBrake(AgentGate.attempts)
        let start = ContinuousClock.now
        for _ in 0..<10 { brake.failure(from: "a", now: start) }
        // A second more is told, so that whoever comes then is not a moment too early.
        #expect(brake.wait(for: "a", now: start + .seconds(1)) == .seconds(59))
        #expect(brake.wait(for: "b", now: start) == nil)
        #expect(brake.wait(for: "a", now: start + .seconds(60)) == nil)
    }
}
