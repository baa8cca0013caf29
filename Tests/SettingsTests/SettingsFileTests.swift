import Settings
import Testing

@Suite("The settings file")
struct SettingsFileTests {
    typealias Sample = SampleSchema

    func load(_ text: String) throws -> SettingsValues {
        let file = try ScratchFile(text)
        return try Sample.schema.load(file: file.path, environment: [:], arguments: [])
    }

    @Test("tables, dotted keys and inline tables are one")
    func shapes() throws {
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

    @Test("numbers of bytes and percentages may be numbers or texts")
    func mixedTypes() throws {
        #expect(try load("[cache]\nmax_bytes = \"2KiB\"\n")[Sample.maxBytes] == 2_048)
        #expect(try load("[cache]\nmax_bytes = 2_048\n")[Sample.maxBytes] == 2_048)
        #expect(try load("[fanout]\nparallelism = 7\n")[Sample.parallelism] == "7")
        #expect(try load("[fanout]\nhost_timeout_seconds = 2.5\n")[Sample.timeout] == .milliseconds(2_500))
    }

    @Test("a byte order mark says nothing, and UTF-16 is refused in words")
    func encodings() throws {
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

    @Test("an empty file and empty known tables are fine")
    func emptyFiles() throws {
        #expect(try load("")[Sample.port] == 7_700)
        #expect(try load("[listen]\n[listen.tls]\n")[Sample.port] == 7_700)
    }

    @Test(
        "values in the wrong shape are told apart",
        arguments: [
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
        ]
    )
    func shapesRefused(text: String, expected: String) throws {
        let file = try ScratchFile(text)
        let described = Sample.problems(file: file.path).map(\.description)
        #expect(described == [expected.split(separator: "FILE").joined(separator: "file \(file.path)")])
    }

    @Test("a syntax error tells its line")
    func syntax() throws {
        let file = try ScratchFile("[listen]\nport = 1\nport = 2\n")
        let problem = try #require(Sample.problems(file: file.path).first)
        #expect(problem.code == .syntax)
        #expect(problem.description.hasPrefix("file \(file.path), line 3: no valid TOML: "))
    }

    @Test("a syntax error beside a secret doesn't tell it")
    func syntaxBesideSecret() throws {
        for text in [
            "token = s3cr3t\n", "token = \"s3cr3t\n", "token = 's3cr3t' s3cr3t\n", "token \"s3cr3t\"\n",
        ] {
            let file = try ScratchFile("[agents]\n" + text)
            let problems = Sample.problems(file: file.path)
            #expect(problems.count == 1)
            #expect(!problems.map(\.description).joined().contains("s3cr3t"), "\(problems)")
        }
    }

    @Test("a file that is missing, a directory, no text or cut by NUL is refused")
    func unreadable() throws {
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

    @Test("a file without end is not read without end")
    func endless() {
        #expect(
            Sample.problems(file: "/dev/zero").map(\.description) == [
                "settings file /dev/zero is larger than 1048576 bytes"
            ]
        )
    }
}
