import HTTPFetching
import Identity
import PrecacheModel
import Synchronization
import TestSupport

/// A Keystone on loopback that says what a test tells it, and counts what it was asked.
final class FakeKeystone: Sendable {
    struct State {
        /// How long tokens hold: of the service's user, and of callers.
        var life = Duration.seconds(3600)
        /// Callers' tokens that hold, with the roles and scope of each.
        var callers: [String: (roles: [String], scope: String)] = [:]
        /// Answered instead of anything else: a status line.
        var trouble: String?
        /// Tokens of the service's user that aren't taken any more.
        var refused: Set<String> = []
        var isPasswordRight = true
        var issued = 0
        var validations: [String] = []
        var bodies: [String] = []
    }

    static let projectScope = #""project":{"id":"p1","name":"demo"}"#

    let state = Mutex(State())
    private let gate = Mutex<Latch?>(nil)

    var issued: Int { state.withLock { $0.issued } }
    var validations: [String] { state.withLock { $0.validations } }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    /// Answers from now on wait for the gate.
    func hold(by gate: Latch) { self.gate.withLock { $0 = gate } }

    func serve(_ connection: ServerConnection) {
        while let request = connection.readRequest() {
            if let gate = gate.withLock({ $0 }) { gate.wait() }
            let (status, headers, body) = state.withLock { answer(request, &$0) }
            connection.respond(status, headers: headers, body: body)
        }
    }

    private func answer(
        _ request: ServerConnection.Request,
        _ state: inout State
    ) -> (status: String, headers: [String], body: String) {
        let times = #""issued_at":"\#(Timestamp.now())","expires_at":"\#(Timestamp.now() + state.life)""#
        if request.line.hasPrefix("POST /v3/auth/tokens") {
            state.issued += 1
            state.bodies.append(String(decoding: request.body, as: UTF8.self))
            if let trouble = state.trouble { return (trouble, [], "") }
            guard state.isPasswordRight else { return ("401 Unauthorized", [], "") }
            let body = #"{"token":{\#(times),"catalog":[\#(Self.catalogue)]}}"#
            return ("201 Created", ["X-Subject-Token: own-\(state.issued)"], body)
        }
        let subject = request.header("x-subject-token") ?? ""
        state.validations.append(subject)
        if let trouble = state.trouble { return (trouble, [], "") }
        guard !state.refused.contains(request.header("x-auth-token") ?? "") else {
            return ("401 Unauthorized", [], "")
        }
        guard let caller = state.callers[subject] else { return ("404 Not Found", [], "") }
        let roles = caller.roles.map { #"{"id":"r","name":"\#($0)"}"# }.joined(separator: ",")
        let user = #""user":{"id":"u-\#(subject)","name":"alice","domain":{"id":"default"}}"#
        return ("200 OK", [], #"{"token":{\#(times),\#(user),\#(caller.scope),"roles":[\#(roles)]}}"#)
    }

    private static let catalogue = ["RegionOne", "RegionTwo"].map { region in
        let endpoints = ["public", "internal"].map { interface in
            #"{"interface":"\#(interface)","region_id":"\#(region)","url":"http://\#(interface).\#(region)/"}"#
        }
        return #"{"type":"image","name":"glance","endpoints":[\#(endpoints.joined(separator: ","))]}"#
    }.joined(separator: ",")

    /// Runs a test with a session at this Keystone.
    static func with(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
        _ body: (FakeKeystone, KeystoneSession) async throws -> Void
    ) async throws {
        let keystone = FakeKeystone()
        try await withServer(keystone.serve) { server, fetcher in
            let configuration = KeystoneConfiguration(
                authURL: server.url,
                credential: .password(
                    user: "precache",
                    userDomain: "default",
                    password: "s3cret",
                    project: "service",
                    projectDomain: "default"
                )
            )
            try await body(keystone, KeystoneSession(configuration, fetcher: fetcher, now: now))
        }
    }
}
