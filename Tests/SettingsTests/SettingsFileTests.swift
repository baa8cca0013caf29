import Settings
import Testing

@Suite("The settings file")
struct SettingsFileTests {
    typealias Sample = SampleSchema

    func load(_ text: String) throws -> SettingsValues {
        let file = try ScratchFile(text)
        return try Sample.schema.load(file: file.path, environment: [:], arguments: [])
    }

    @Test func tablesDottedKeysAndInlineTablesAreOne() throws {
        let texts = [
            "[listen]\nport = 9\n[listen.tls]\nclient_ca = \"/ca\"\n",
            "listen.port = 9\nlisten.tls.client_ca = '/ca'\n",
            "listen = { port = 9, tls = { client_ca = \"/ca\" } }\n",
        ]
        for text in texts {
            let values = try load(text)
            #expect(values[Sample.port] == 9)
            #expect(values[Sample.clientCA] == "/ca")
        }
    }

    @Test func numbersOfBytesAndPercentagesMayBeNumbersOrTexts() throws {
        #expect(try load("[cache]\nmax_bytes = \"2KiB\"\n")[Sample.maxBytes] == 2_048)
        #expect(try load("[cache]\nmax_bytes = 2_048\n")[Sample.maxBytes] == 2_048)
        #expect(try load("[fanout]\nparallelism = 7\n")[Sample.parallelism] == "7")
        #expect(try load("[fanout]\nhost_timeout_seconds = 2.5\n")[Sample.timeout] == .milliseconds(2_500))
    }

    @Test func aByteOrderMarkSaysNothingAndUTF16IsRefusedInWords() throws {
        #expect(try load("\u{FEFF}[listen]\nport = 9\n")[Sample.port] == 9)
        let file = try ScratchFile("")
        try #require(Sample.problems(file: file.path).isEmpty)
        let wide = try ScratchFile("l\u{0}i\u{0}s\u{0}")
        let described = Sample.problems(file: wide.path).map(\.description)
        #expect(
            described.first?.hasSuffix("is UTF-16 text, and UTF-8 is needed: save it in that encoding")
                == true
        )
    }

    @Test func anEmptyFileAndEmptyKnownTablesAreFine() throws {
        #expect(try load("")[Sample.port] == 7_700)
        #expect(try load("[listen]\n[listen.tls]\n")[Sample.port] == 7_700)
    }

    @Test(arguments: [
        ("listen = 5\n", "listen (FILE, line 1) is a table, with keys such as listen.address"),
        (
            "[listen.port]\n",
            "listen.port (FILE, line 1) is a table; allowed: a whole number from 0 to 65535"
        ),
        ("host = [\"a\"]\n", "host (FILE, line 1) is a list; allowed: a text"),
        ("host = 2026-01-01\n", "host (FILE, line 1) is a date or time; allowed: a text"),
        (
            "\"listen.port\" = 5\n",
            "\"listen.port\" (FILE, line 1) is no setting; did you mean listen.port?"
        ),
        ("[nothing]\n", "nothing (FILE, line 1) is no setting of sampled"),
    ])
    func valuesInTheWrongShapeAreToldApart(text: String, expected: String) throws {
        let file = try ScratchFile(text)
        let described = Sample.problems(file: file.path).map(\.description)
        #expect(described == [expected.split(separator: "FILE").joined(separator: "file \(file.path)")])
    }

    @Test func aSyntaxErrorTellsItsLine() throws {
        let file = try ScratchFile("[listen]\nport = 1\nport = 2\n")
        let problem = try #require(Sample.problems(file: file.path).first)
        #expect(problem.code == .syntax)
        #expect(problem.description.hasPrefix("file \(file.path), line 3: no valid TOML: "))
    }

    @Test func aSyntaxErrorBesideASecretDoesntTellIt() throws {
        for text in [
            "token = s3cr3t\n", "token = \"s3cr3t\n", "token = 's3cr3t' s3cr3t\n", "token \"s3cr3t\"\n",
        ] {
            let file = try ScratchFile("[agents]\n" + text)
            let problems = Sample.problems(file: file.path)
            #expect(problems.count == 1)
            #expect(!problems.map(\.description).joined().contains("s3cr3t"), "\(problems)")
        }
    }

    @Test func aFileThatIsMissingADirectoryNoTextOrCutByNULIsRefused() throws {
        let missing = Sample.problems(file: "/nonexistent/precached.toml")
        #expect(
            missing.map(\.description) == [
                "settings file /nonexistent/precached.toml cannot be read: No such file or directory"
            ]
        )
        #expect(Sample.problems(file: "/tmp").map(\.code) == [.unreadableFile])
        let nul = try ScratchFile("[listen]\n\0port = 1\n")
        #expect(Sample.problems(file: nul.path).map(\.code) == [.unreadableFile])
    }

    @Test func aFileWithoutEndIsNotReadWithoutEnd() {
        #expect(
            Sample.problems(file: "/dev/zero").map(\.description) == [
                "settings file /dev/zero is larger than 1048576 bytes"
            ]
        )
    }
}
