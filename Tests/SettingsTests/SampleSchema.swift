import Settings

/// A schema with every kind of setting, and files for it.
enum SampleSchema {
    enum Mode: String, CaseIterable, Sendable {
        case tokens
        case keystone
        case off = "none"
    }

    static let host = Setting.string("host", example: "compute-1", help: "This host's name.")
    static let address = Setting.string("listen.address", default: "127.0.0.1", help: "Address to listen on.")
    static let port = Setting.int(
        "listen.port",
        default: 7_700,
        range: 0...65_535,
        help: "TCP port to listen on."
    )
    static let certificate = Setting.path("listen.tls.certificate", help: "Certificate chain, PEM.")
    static let clientCA = Setting.path("listen.tls.client_ca", help: "CA of clients, PEM.")
    static let database = Setting.path(
        "database.path",
        default: "/var/lib/precached/db",
        help: "The database."
    )
    static let mode = Setting.choice("auth.mode", default: Mode.tokens, help: "Who may do what.")
    static let token = Setting.secret("agents.token", help: "What agents are shown.")
    static let parallelism = Setting.countOrPercent(
        "fanout.parallelism",
        default: "32",
        help: "Hosts at once."
    )
    static let timeout = Setting.seconds(
        "fanout.host_timeout_seconds",
        default: .seconds(1_800),
        range: .seconds(1) ... .seconds(86_400),
        help: "How long one attempt may take."
    )
    static let deadline = Setting<Duration?>.seconds(
        "fanout.deadline_seconds",
        help: "How long a job may take."
    )
    static let convert = Setting.bool("cache.convert_to_raw", default: true, help: "Convert to raw.")
    static let maxBytes = Setting<Int?>.bytes("cache.max_bytes", help: "Largest size of the cache.")
    static let minimumFree = Setting.bytes("cache.minimum_free_bytes", default: 1 << 30, help: "Keep free.")
    static let backend = Setting.choice(
        "cache.backend",
        of: ["raw", "rbd"],
        default: "raw",
        help: "Storage."
    )
    static let url = Setting.url("service.url", example: "https://precache:7700", help: "The service.")

    static let schema = SettingsSchema(
        program: "sampled",
        environmentPrefix: "SAMPLED",
        settings: [
            host, address, port, certificate, clientCA, database, mode, token, parallelism, timeout, deadline,
            convert, maxBytes, minimumFree, backend, url,
        ],
        foreignVariables: ["SAMPLED_CONFIG"]
    )

    /// Loads without a file.
    static func load(
        _ environment: [String: String] = [:],
        _ arguments: [String] = []
    ) throws(SettingsError) -> SettingsValues {
        try schema.load(file: nil, environment: environment, arguments: arguments)
    }

    /// The problems that loading tells, none if it succeeds.
    static func problems(
        file: String? = nil,
        _ environment: [String: String] = [:],
        _ arguments: [String] = []
    ) -> [SettingsProblem] {
        do throws(SettingsError) {
            _ = try schema.load(file: file, environment: environment, arguments: arguments)
            return []
        } catch {
            return error.problems
        }
    }
}
