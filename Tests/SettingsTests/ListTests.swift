import Testing

@testable import Settings

/// Settings that are lists: one way in a file, another in the environment.
@Suite struct ListTests {
    private static let list = Setting<[String]>.texts(
        "downloads.no_proxy",
        example: "a, b",
        help: "Whom not."
    )
    private static let schema = SettingsSchema(
        program: "listed",
        environmentPrefix: "LISTED",
        settings: [list]
    )

    private func load(file: String? = nil, _ environment: [String: String] = [:]) throws -> SettingsValues {
        let file = try file.map { try ScratchFile($0) }
        return try Self.schema.load(file: file?.path, environment: environment, arguments: [])
    }

    @Test func aFileHasAListOrOneText() throws {
        #expect(try load()[Self.list].isEmpty)
        #expect(try load(file: "[downloads]\nno_proxy = []\n")[Self.list].isEmpty)
        #expect(try load(file: "[downloads]\nno_proxy = [\"a\", \"b c\"]\n")[Self.list] == ["a", "b c"])
        #expect(try load(file: "[downloads]\nno_proxy = \"a, b\"\n")[Self.list] == ["a", "b"])
    }

    @Test func theEnvironmentHasCommas() throws {
        let values = try load(["LISTED_DOWNLOADS_NO_PROXY": "a,  10.0.0.0/8"])
        #expect(values[Self.list] == ["a", "10.0.0.0/8"])
        #expect("\(values)".hasPrefix("downloads.no_proxy = a, 10.0.0.0/8 ("))
    }

    @Test(arguments: ["[1]", "[\"a\", 1]", "[\"a,b\"]", "[[\"a\"]]", "5", "\"a,,b\"", "[\"\"]"])
    func otherThingsAreRefused(value: String) {
        #expect(throws: SettingsError.self) { try load(file: "[downloads]\nno_proxy = \(value)\n") }
    }

    @Test func theSampleShowsAList() {
        #expect(Self.schema.sampleFile().hasSuffix("#downloads.no_proxy = [\"a\", \"b\"]\n"))
    }
}
