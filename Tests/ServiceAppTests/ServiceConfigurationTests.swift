import FanOut
import HTTPServing
import Outbox
import PrecacheModel
import Settings
import Store
import Testing

@testable import ServiceApp

/// Settings that are right one by one: what becomes of them together.
@Suite struct ServiceConfigurationTests {
    @Test func nothingSetIsASafeService() throws {
        let made = try configuration([:])
        #expect(made.server.address == "127.0.0.1" && made.server.port == 7_700)
        #expect(made.server.tls == nil && made.authentication == .tokens)
        #expect("\(made.database)" == "/var/lib/precached/precached.db")
        #expect(made.cloud == nil && made.webhooks.described == nil)
        #expect(!made.webhooks.allowsInternal && made.warnings.isEmpty)
        #expect(made.defaults.parallelism == .hosts(32) && made.defaults.maxAttempts == 3)
        #expect(made.nova.imagesRole == .admin)
    }

    @Test func everyNumberReachesItsPlace() throws {
        let made = try configuration([
            "listen.port": "1", "listen.threads": "3", "listen.limits.connections": "11",
            "listen.limits.connections_per_peer": "7", "listen.limits.head_timeout_seconds": "1.5",
            "listen.limits.body_timeout_seconds": "2", "listen.limits.idle_timeout_seconds": "3",
            "listen.limits.write_timeout_seconds": "4", "fanout.parallelism": "25%",
            "fanout.max_in_flight": "5", "fanout.host_timeout_seconds": "6", "fanout.max_attempts": "8",
            "fanout.deadline_seconds": "9", "source.max_downloads": "10", "retention.age_seconds": "60",
            "retention.jobs": "12", "webhooks.retry_seconds": "120",
        ])
        #expect(made.server.port == 1 && made.threads == 3)
        let limits = made.server.limits
        #expect(limits.connections == 11 && limits.connectionsPerPeer == 7)
        #expect(limits.headTimeout == .milliseconds(1_500) && limits.bodyTimeout == .seconds(2))
        #expect(limits.idleTimeout == .seconds(3) && limits.writeTimeout == .seconds(4))
        #expect(
            made.defaults
                == JobLimits(
                    parallelism: .percent(25),
                    hostTimeout: .seconds(6),
                    maxAttempts: 8,
                    deadline: .seconds(9)
                )
        )
        #expect(made.dispatcher.maxInFlight == 5)
        #expect(made.dispatcher.maxDownloadsPerSource == 10)
        #expect(made.retention.maximumAge == .seconds(60))
        #expect(made.retention.maximumCount == 12)
        #expect(made.webhooks.outbox.patience == .seconds(120))
        #expect(made.retention.deliveryTime > made.webhooks.outbox.patience)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.8.9.1", true), ("::1", true), ("localhost", true), ("0.0.0.0", false),
        ("::", false), ("10.0.0.1", false), ("128.0.0.1", false), ("", false),
    ])
    func loopbackIsThisMachineAlone(address: String, isLoopback: Bool) {
        #expect(ServiceConfiguration.isLoopback(address) == isLoopback)
    }

    @Test func nobodyListensBeyondLoopbackWithoutAuthentication() throws {
        let open = ["listen.address": "0.0.0.0", "auth.mode": "none"]
        let told = try problems(open)
        #expect(told.count == 1 && told[0].hasPrefix("listen.address is 0.0.0.0, beyond loopback"))
        #expect(try problems(["auth.mode": "none"]).isEmpty)
        let clear = try configuration(["listen.address": "0.0.0.0"])
        #expect(clear.warnings.contains { $0.hasPrefix("tokens cross the network in clear text") })
    }

    @Test(arguments: [(1, 1, 0), (15, 1, 0), (16, 0, 1), (31, 0, 1), (32, 0, 0), (64, 0, 0)])
    func aSecretThatCanBeGuessedIsRefusedOrTold(length: Int, refused: Int, told: Int) throws {
        let settings = ["agents.token": String(repeating: "k", count: length)]
        let problems = try problems(settings)
        #expect(problems.count == refused && problems.allSatisfy { $0.contains("`openssl rand -hex 32`") })
        guard problems.isEmpty else { return }
        let warnings = try configuration(settings).warnings.filter { $0.hasPrefix("agents.token has") }
        #expect(warnings.count == told)
    }

    @Test(arguments: [
        (["listen.tls.certificate": "/c"], "listen.tls.certificate needs listen.tls.key beside it"),
        (["listen.tls.key": "/k"], "listen.tls.key needs listen.tls.certificate beside it"),
        (
            ["listen.tls.client_ca": "/a"],
            "listen.tls.client_ca needs listen.tls.certificate and listen.tls.key beside it"
        ),
        (
            ["agents.tls.ca": "/a", "agents.tls.key": "/k"],
            "agents.tls.certificate and agents.tls.key need each other"
        ),
        (
            ["agents.tls.certificate": "/c", "agents.tls.key": "/k"],
            "agents.tls.certificate needs agents.tls.ca beside it: without it no agent is believed"
        ),
        (["auth.mode": "keystone"], "auth.mode = \"keystone\" needs keystone.auth_url"),
        (["glance.endpoint": "https://glance"], "glance.endpoint needs keystone.auth_url beside it"),
        (
            ["nova.default_availability_zone": "a:b"],
            "nova.default_availability_zone must be 1 to 255 printable characters without ':', no white space at either end"
        ),
        (["webhooks.secret": "whsec_x"], "webhooks.secret needs webhooks.url beside it"),
    ])
    func halvesAreRefused(settings: [String: String], problem: String) throws {
        #expect(try problems(settings) == [problem])
    }

    @Test func allThatIsWrongIsToldAtOnce() throws {
        let wrong = [
            "listen.tls.key": "/k", "auth.mode": "none", "listen.address": "::", "agents.tls.key": "/k",
            "glance.endpoint": "ftp://x",
        ]
        #expect(try problems(wrong).count == 5)
        do {
            _ = try configuration(wrong)
        } catch {
            #expect("\(error)".hasPrefix("settings: 5 problems\n  - "))
        }
    }

    @Test func clientCertificatesAreAskedForWhereAnAuthorityIsNamed() throws {
        var settings = ["listen.tls.certificate": "/c", "listen.tls.key": "/k"]
        #expect(
            try configuration(settings).server.tls?.clientCertificates
                == TLSConfiguration.ClientCertificates.none
        )
        settings["listen.tls.client_ca"] = "/a"
        let tls = try #require(try configuration(settings).server.tls)
        #expect(tls.clientCertificates == .required && tls.clientCAPath == "/a")
        #expect(tls.certificatePath == "/c" && tls.keyPath == "/k")
    }
}

/// What the service makes of these settings, given as environment variables would give them.
func configuration(_ settings: [String: String]) throws -> ServiceConfiguration {
    let environment = Dictionary(
        uniqueKeysWithValues: settings.map { key, value in
            ("PRECACHED_" + key.uppercased().map { $0 == "." ? "_" : String($0) }.joined(), value)
        }
    )
    return try ServiceConfiguration(
        ServiceSettings.schema.load(file: nil, environment: environment, arguments: [])
    )
}

/// What doesn't fit together among these settings; nothing if all does.
func problems(_ settings: [String: String]) throws -> [String] {
    do {
        _ = try configuration(settings)
        return []
    } catch let error as ConfigurationError {
        return error.problems
    }
}
