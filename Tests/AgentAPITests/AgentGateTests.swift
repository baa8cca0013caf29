import HTTPDoor
import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel
import Synchronization
import TestSupport
import Testing

@testable import AgentAPI

@Suite struct AgentGateTests {
    private func peer(_ name: String?) -> Peer {
        let certificate = name.map { PeerCertificate(commonName: nil, dnsNames: [$0]) }
        return Peer(address: "10.0.0.1", port: 1, isLoopback: false, certificate: certificate)
    }

    /// By which its part of the uplink is counted.
    @Test func aNeighbourIsKnownByItsCertificateOrItsAddress() {
        func name(_ certificate: PeerCertificate?) -> String? {
            AgentRoutes.name(
                of: Peer(address: "10.0.0.1", port: 1, isLoopback: false, certificate: certificate)
            )
        }
        #expect(name(PeerCertificate(commonName: "c", dnsNames: ["d"])) == "d")
        #expect(name(PeerCertificate(commonName: "c", dnsNames: [])) == "c")
        #expect(name(PeerCertificate(commonName: nil, dnsNames: [])) == "10.0.0.1")
        #expect(name(nil) == nil)
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

    /// With what one host knows, or what goes to it on the wire, nobody gives another host orders.
    @Test func ordersAreForTheHostThatTheTokenWasMadeFor() async throws {
        let own = try #require(HostToken(secret: "right", host: HostName("compute-1"))).text
        let others = try #require(HostToken(secret: "right", host: HostName("compute-2"))).text
        for setting in ["right", own] {
            let rig = try AgentRig(AgentAccess(token: setting, clientName: nil))
            func delete(_ token: String, for host: String? = nil) async throws -> (status: Int, text: String)
            {
                var headers: HTTPFields = [.authorization: "Bearer \(token)"]
                headers[.precacheHost] = host
                let answer = try await rig.send(.delete, "/v1/images/u", headers: headers)
                return (answer.status, answer.text)
            }
            #expect(try await delete(own).status == 404, "there is no such image")
            #expect(try await delete(own, for: "compute-1").status == 404)
            #expect(try await delete(others).status == 401)
            #expect(try await delete("right").status == (setting == own ? 401 : 403))
            let meant = try await delete(others, for: "compute-2")
            // Without the secret the agent can't know what another host's token is.
            #expect(meant.status == (setting == own ? 401 : 421))
            if setting != own { #expect(meant.text.contains("wrong_host")) }
            let looks = try await rig.send(.get, "/v1/images", headers: [.authorization: "Bearer right"])
            #expect(looks.status == (setting == own ? 401 : 200))
        }
    }

    /// Whoever reads metrics has no power over the host, by whatever the service is known.
    @Test(
        arguments: [(token: "right", name: nil), (token: nil, name: "precached")]
            as [(token: String?, name: String?)]
    )
    func metricsHaveATokenOfTheirOwn(access: (token: String?, name: String?)) async throws {
        let rig = try AgentRig(
            AgentAccess(token: access.token, clientName: access.name, metricsToken: "watch")
        )
        let token: HTTPFields = [.authorization: "Bearer watch"]
        #expect(try await rig.send(.get, "/metrics", headers: token).status == 200)
        #expect(try await rig.send(.get, "/metrics").status == 401)
        #expect(try await rig.send(.get, "/metrics", headers: [.authorization: "Bearer other"]).status == 401)
        for (method, path) in [(.get, "/v1/images"), (.post, "/v1/cache/sweep")]
            as [(HTTPRequest.Method, String)]
        {
            let refused = try await rig.send(method, path, headers: token)
            #expect(refused.status == 403)
            #expect(refused.text.contains("this token lets read /metrics alone"))
        }
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
        let answer = try await rig.send(.get, "/v1/images", headers: [.authorization: "Bearer y"])
        #expect(answer.status == 429)
        #expect(answer.headers[.retryAfter] != nil)
        let right = try await rig.send(.get, "/v1/images", headers: [.authorization: "Bearer right"])
        #expect(right.status == 200, "whoever else is at that address, a right token comes in")
        let none = try await rig.send(.get, "/v1/images")
        #expect(none.status == 401, "no token is no guess")
        let elsewhere = try await rig.send(
            .get,
            "/v1/images",
            headers: [.authorization: "Bearer right"],
            peer: peer(nil)
        )
        #expect(elsewhere.status == 200)
    }

    @Test func theSchemeIsTakenInAnyCase() async throws {
        let rig = try AgentRig(AgentAccess(token: "right", clientName: nil))
        for value in ["bearer right", "BEARER  right"] {
            #expect(try await rig.send(.get, "/v1/images", headers: [.authorization: value]).status == 200)
        }
        for value in ["Basic right", "Bearer", "Bearer ", "right", "Bearer right right"] {
            #expect(try await rig.send(.get, "/v1/images", headers: [.authorization: value]).status == 401)
        }
    }

    @Test func withoutATokenWebPagesAreKeptOut() async throws {
        let rig = try AgentRig()
        let pages: [HTTPFields] = [
            [.origin: "http://evil.example"], [.origin: "null"], [.host: "evil.example:7701"],
            [.host: "127.0.0.1.evil.example"],
        ]
        for page in pages {
            let answer = try await rig.send(.post, "/v1/cache/sweep", headers: page)
            #expect(answer.status == 403 && answer.text.contains("set token"), "\(page)")
        }
        for host in ["127.0.0.1:7701", "localhost", "[::1]:7701", "compute-1:7701"] {
            #expect(try await rig.send(.get, "/v1/images", headers: [.host: host]).status == 200)
        }
        let guarded = try AgentRig(AgentAccess(token: "right", clientName: nil))
        let named: HTTPFields = [.host: "compute-1.example", .authorization: "Bearer right"]
        #expect(try await guarded.send(.get, "/v1/images", headers: named).status == 200)
    }

    @Test func refusalsAreToldOnceAnHourForAnAddressAndInBoundedMemory() async throws {
        let lines = LogLines()
        let time = Mutex(ContinuousClock.now)
        let notices = RefusalNotices(lines.logger) { time.withLock { $0 } }
        let refusal = Problem(.unauthorized, "unauthorized", "why")
        func tell(_ address: String) {
            let peer = Peer(address: address, port: 1, isLoopback: false)
            notices.tell(refusal, Request(method: .get, target: "/", peer: peer))
        }
        for _ in 0..<5 { tell("10.0.0.1") }
        #expect(lines.all.count == 1)
        for number in 0..<10_000 { tell("10.1.\(number / 250).\(number % 250)") }
        #expect(lines.all.count == RefusalNotices.limit)
        time.withLock { $0 += .seconds(3_600) }
        tell("10.0.0.1")
        #expect(lines.all.count == RefusalNotices.limit + 1)
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
