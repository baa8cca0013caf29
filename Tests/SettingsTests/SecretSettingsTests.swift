import Settings
import Testing

@Suite("Secret settings")
struct SecretSettingsTests {
    typealias Sample = SampleSchema

    @Test func aSecretShowsItselfNowhere() {
        let secret = Secret("s3cr3t")
        var dumped = ""
        Swift.dump(secret, to: &dumped)
        let shown = ["\(secret)", secret.debugDescription, String(reflecting: Secret?.some(secret)), dumped]
        #expect(shown.allSatisfy { !$0.contains("s3cr3t") })
        #expect(secret.text == "s3cr3t")
    }

    @Test func loadedSettingsPrintedOrDumpedShowNoSecret() throws {
        let values = try Sample.load(["SAMPLED_AGENTS_TOKEN": "s3cr3t"])
        var dumped = ""
        Swift.dump(values, to: &dumped)
        #expect(!dumped.contains("s3cr3t") && !values.debugDescription.contains("s3cr3t"))
        #expect(
            "\(values)".contains("agents.token = <secret> (environment variable SAMPLED_AGENTS_TOKEN)")
        )
    }

    @Test func aFlagIsRefusedWithTheWaysThatAreOpenAndItsValueIsntRepeated() {
        for arguments in [["--agents-token", "s3cr3t"], ["--agents-token=s3cr3t"]] {
            #expect(
                Sample.problems([:], arguments).map(\.description) == [
                    "agents.token is secret and not taken as a flag, since every user of this machine can read those;"
                        + " use --agents-token-file PATH, SAMPLED_AGENTS_TOKEN_FILE, SAMPLED_AGENTS_TOKEN,"
                        + " or the settings file"
                ]
            )
        }
    }

    @Test func aMistypedFlagOfASecretDoesntRepeatTheValueEither() {
        let texts = Sample.problems([:], ["--agents-tokn", "s3cr3t", "--agents-tok=s3cr3t", "s3cr3t"])
            .map(\.description)
        #expect(texts.count == 3)
        #expect(!texts.joined().contains("s3cr3t"))
    }

    @Test func aBadSecretIsToldWithoutItsValueInEveryLayer() throws {
        let file = try ScratchFile("[agents]\ntoken = \"s3cr3t\\u0007\"\n")
        let texts = Sample.problems(file: file.path) + Sample.problems(["SAMPLED_AGENTS_TOKEN": "s3cr3t\n"])
        #expect(texts.count == 2)
        #expect(!texts.map(\.description).joined().contains("s3cr3t"))
    }

    @Test(arguments: ["", "\n", "\r\n"])
    func aSecretComesFromItsFileWithoutTheLineFeedAtItsEnd(ending: String) throws {
        let file = try ScratchFile("s3cr3t" + ending)
        #expect(try Sample.load([:], ["--agents-token-file", file.path])[Sample.token]?.text == "s3cr3t")
        #expect(try Sample.load(["SAMPLED_AGENTS_TOKEN_FILE": file.path])[Sample.token]?.text == "s3cr3t")
        let settings = try ScratchFile("[agents]\ntoken_file = \"\(file.path)\"\n")
        let values = try Sample.schema.load(file: settings.path, environment: [:], arguments: [])
        #expect(values[Sample.token]?.text == "s3cr3t")
    }

    @Test func theFileOfASecretMustNotBeOpenToEveryone() throws {
        let file = try ScratchFile("s3cr3t\n", mode: 0o644)
        let problems = Sample.problems(["SAMPLED_AGENTS_TOKEN_FILE": file.path])
        #expect(
            problems.map(\.description) == [
                "agents.token_file (environment variable SAMPLED_AGENTS_TOKEN_FILE): \(file.path) can be read by"
                    + " every user of this machine; mend it with: chmod o-rwx \(file.path)"
            ]
        )
        let group = try ScratchFile("s3cr3t\n", mode: 0o640)
        #expect(Sample.problems(["SAMPLED_AGENTS_TOKEN_FILE": group.path]).isEmpty)
    }

    @Test(arguments: ["", "\n", "a\nb\n"])
    func anEmptyManyLinedOrMissingSecretFileIsRefused(text: String) throws {
        let file = try ScratchFile(text)
        #expect(Sample.problems(["SAMPLED_AGENTS_TOKEN_FILE": file.path]).map(\.key) == ["agents.token_file"])
        #expect(
            Sample.problems(["SAMPLED_AGENTS_TOKEN_FILE": "/nonexistent/x"]).map(\.code) == [.unreadableFile]
        )
    }

    @Test func theHigherOfSecretAndFileCountsBesideEachOtherTheyContradict() throws {
        let file = try ScratchFile("from-file")
        let settings = try ScratchFile("[agents]\ntoken = \"from-settings\"\n")
        let byFlag = try Sample.schema.load(
            file: settings.path,
            environment: ["SAMPLED_AGENTS_TOKEN": "from-environment"],
            arguments: ["--agents-token-file", file.path]
        )
        #expect(byFlag[Sample.token]?.text == "from-file")
        let pointing = try ScratchFile("[agents]\ntoken_file = \"/nonexistent\"\n")
        let byEnvironment = try Sample.schema.load(
            file: pointing.path,
            environment: ["SAMPLED_AGENTS_TOKEN": "from-environment"],
            arguments: []
        )
        #expect(byEnvironment[Sample.token]?.text == "from-environment")
        let both = ["SAMPLED_AGENTS_TOKEN": "a", "SAMPLED_AGENTS_TOKEN_FILE": file.path]
        #expect(Sample.problems(both).map(\.code) == [.conflict])
    }

    @Test func aSettingsFileWithSecretsThatOthersMayReadIsWarnedOf() throws {
        let text = "[agents]\ntoken = \"s3cr3t\"\n"
        let open = try ScratchFile(text, mode: 0o644)
        let values = try Sample.schema.load(file: open.path, environment: [:], arguments: [])
        #expect(
            values.warnings == [
                "\(open.path) holds secrets (agents.token) and others may read it (mode 644):"
                    + " chmod 600 it, or give them by file with KEY_file"
            ]
        )
        let tight = try ScratchFile(text)
        #expect(try Sample.schema.load(file: tight.path, environment: [:], arguments: []).warnings.isEmpty)
        let plain = try ScratchFile("[listen]\nport = 1\n", mode: 0o644)
        #expect(try Sample.schema.load(file: plain.path, environment: [:], arguments: []).warnings.isEmpty)
    }
}
