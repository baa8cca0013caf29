import Settings
import Testing

@Suite("SettingsSchema")
struct SettingsSchemaTests {
    typealias Sample = SampleSchema

    @Test func givesDefaultsWhereNobodyGaveAValue() throws {
        let values = try Sample.load()
        #expect(values[Sample.port] == 7_700)
        #expect(values[Sample.address] == "127.0.0.1")
        #expect(values[Sample.host] == nil)
        #expect(values[Sample.mode] == .tokens)
        #expect(values[Sample.token] == nil)
        #expect(values[Sample.timeout] == .seconds(1_800))
        #expect(values[Sample.deadline] == nil)
        #expect(values[Sample.convert])
        #expect(values[Sample.minimumFree] == 1_073_741_824)
        #expect(values.origin(of: Sample.port) == .fallback)
        #expect(values.warnings.isEmpty)
    }

    @Test func aFlagBeatsTheEnvironmentWhichBeatsTheFile() throws {
        let file = try ScratchFile("[listen]\nport = 1\naddress = \"::1\"\n\n[cache]\nmax_bytes = 5\n")
        let values = try Sample.schema.load(
            file: file.path,
            environment: ["SAMPLED_LISTEN_PORT": "2", "SAMPLED_LISTEN_ADDRESS": "0.0.0.0"],
            arguments: ["--listen-port", "3"]
        )
        #expect(values[Sample.port] == 3)
        #expect(values[Sample.address] == "0.0.0.0")
        #expect(values[Sample.maxBytes] == 5)
        #expect(values.origin(of: Sample.port) == .flag("--listen-port"))
        #expect(values.origin(of: Sample.address) == .environment("SAMPLED_LISTEN_ADDRESS"))
        #expect(values.origin(of: Sample.maxBytes) == .file(path: file.path, line: 6))
    }

    /// A key that can't be set by each of its spellings is a key that documents lie about.
    @Test(arguments: Sample.schema.definitions)
    func everyKeyIsReadFromTheFileTheEnvironmentAndAFlag(definition: SettingDefinition) throws {
        guard !definition.key.hasSuffix("_file") else { return }
        let text = try #require(Self.other[definition.key], "the test lacks a value for \(definition.key)")
        let parts = definition.key.split(separator: ".")
        let variable = "SAMPLED_" + parts.joined(separator: "_").uppercased()
        let flag = "--" + String(definition.key.map { $0 == "." || $0 == "_" ? "-" : $0 })
        let shown = definition.isSecret ? "<secret>" : text

        #expect(try Self.dumped(definition.key, Sample.load([variable: text])) == shown)
        let quoted = ["true", "false"].contains(text) || Int(text) != nil ? text : "\"\(text)\""
        let table = parts.dropLast().joined(separator: ".")
        let file = try ScratchFile(
            (table.isEmpty ? "" : "[\(table)]\n") + "\(parts.last ?? "") = \(quoted)\n"
        )
        let fromFile = try Sample.schema.load(file: file.path, environment: [:], arguments: [])
        #expect(Self.dumped(definition.key, fromFile) == shown)
        if !definition.isSecret {
            #expect(try Self.dumped(definition.key, Sample.load([:], [flag, text])) == text)
            #expect(try Self.dumped(definition.key, Sample.load([:], ["\(flag)=\(text)"])) == text)
        }
    }

    /// For each key a value that is not its default.
    static let other = [
        "host": "c2", "listen.address": "::1", "listen.port": "1234", "listen.tls.certificate": "/c.pem",
        "listen.tls.client_ca": "/ca.pem", "database.path": "/db", "auth.mode": "keystone",
        "agents.token": "s3cr3t",
        "fanout.parallelism": "25%", "fanout.host_timeout_seconds": "60", "fanout.deadline_seconds": "90",
        "cache.convert_to_raw": "false", "cache.max_bytes": "1024", "cache.minimum_free_bytes": "7",
        "cache.backend": "rbd", "service.url": "https://x:1/",
    ]

    static func dumped(_ key: String, _ values: SettingsValues) -> String? {
        values.dump().first { $0.key == key }?.value
    }

    @Test func aSettingThatTheSchemaDoesntListReadsAsItsDefault() throws {
        let stranger = Setting.int("nowhere.at_all", default: 5, help: "Not listed.")
        #expect(try Sample.load()[stranger] == 5)
    }

    @Test func theDumpNamesOriginsAndLeavesOutWhatNobodyGave() throws {
        let dump = try Sample.load(["SAMPLED_AGENTS_TOKEN": "s3cr3t"]).dump()
        #expect(!dump.contains { $0.key == "host" })
        #expect(dump.contains { $0.key == "listen.port" && $0.value == "7700" && $0.origin == .fallback })
        #expect(!dump.contains { $0.value.contains("s3cr3t") })
    }
}
