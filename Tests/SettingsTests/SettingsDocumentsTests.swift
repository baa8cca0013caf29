import Settings
import Testing

@Suite("Documents of settings")
struct SettingsDocumentsTests {
    typealias Sample = SampleSchema

    @Test func theSampleFileAsItStandsChangesNothing() throws {
        let file = try ScratchFile(Sample.schema.sampleFile())
        let values = try Sample.schema.load(file: file.path, environment: [:], arguments: [])
        #expect(values.dump().allSatisfy { $0.origin == .fallback })
    }

    @Test func aTableOrKeysMayBeAppendedToTheSampleFile() throws {
        let sample = Sample.schema.sampleFile()
        let changed = sample.replacing("#listen.address", with: "listen.address")
        let (table, key) = ("[listen]\nport = 9\n", "listen.port = 9\n")
        for text in [sample + table, sample + key, changed + key] {
            let file = try ScratchFile(text)
            let values = try Sample.schema.load(file: file.path, environment: [:], arguments: [])
            #expect(values[Sample.port] == 9)
        }
    }

    @Test func everyKeyOfTheSampleFilePutInForceIsValidAndItsDefault() throws {
        let lines = Sample.schema.sampleFile().split(separator: "\n", omittingEmptySubsequences: false)
        // A secret and its file contradict each other, and the example file does not exist.
        let active = lines.filter { !$0.contains("_file = ") }
            .map { $0.hasPrefix("#") && !$0.hasPrefix("# ") ? $0.dropFirst() : $0 }
        let file = try ScratchFile(active.joined(separator: "\n"))
        let values = try Sample.schema.load(file: file.path, environment: [:], arguments: [])
        let defaults = try Sample.load()
        for entry in values.dump() {
            #expect(entry.origin != .fallback, "\(entry.key) is not in the sample")
            if let known = defaults.dump().first(where: { $0.key == entry.key }) {
                #expect(known.value == entry.value)
            }
        }
        #expect(values.dump().count == Sample.schema.definitions.count - 1)
    }

    @Test func theSampleExplainsAKeySo() {
        let text = Sample.schema.sampleFile()
        #expect(
            text.contains(
                """
                # TCP port to listen on.
                # A whole number from 0 to 65535; default 7700.
                # SAMPLED_LISTEN_PORT, --listen-port
                #listen.port = 7700

                """
            )
        )
        #expect(text.contains("\n\n# What agents are shown.\n# A secret text; no default.\n"))
        #expect(
            text.contains("# SAMPLED_AGENTS_TOKEN; no flag, since it is secret\n#agents.token = \"...\"\n")
        )
        #expect(text.contains("#agents.token_file = \"/etc/precache/agents-token\"\n"))
        #expect(text.contains("#host = \"compute-1\"\n"))
    }

    @Test func helpHasEveryKeyWithItsVariableAndFlagAndNoFlagForASecret() {
        let text = Sample.schema.help()
        for definition in Sample.schema.definitions { #expect(text.contains("\n\(definition.key)\n")) }
        #expect(
            text.contains(
                """
                auth.mode
                    Who may do what.
                    Allowed: one of tokens, keystone, none; default "tokens".
                    SAMPLED_AUTH_MODE   --auth-mode
                """
            )
        )
        #expect(!text.contains("--agents-token\n"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 110 })
    }
}
