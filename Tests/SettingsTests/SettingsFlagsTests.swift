import Settings
import Testing

@Suite("Flags of settings")
struct SettingsFlagsTests {
    typealias Sample = SampleSchema

    @Test func ofAFlagGivenTwiceTheLastCounts() throws {
        #expect(try Sample.load([:], ["--listen-port", "1", "--listen-port=2"])[Sample.port] == 2)
    }

    @Test func aBooleansFlagStandsAloneOrTakesABoolean() throws {
        let environment = ["SAMPLED_CACHE_CONVERT_TO_RAW": "false"]
        #expect(try Sample.load(environment, ["--cache-convert-to-raw"])[Sample.convert])
        #expect(
            try Sample.load(environment, ["--cache-convert-to-raw", "--listen-port", "1"])[Sample.convert]
        )
        #expect(try !Sample.load([:], ["--cache-convert-to-raw", "false"])[Sample.convert])
        #expect(try !Sample.load([:], ["--cache-convert-to-raw=no"])[Sample.convert])
    }

    @Test func valuesKeepCommasEqualsSignsAndLeadingDashes() throws {
        #expect(try Sample.load([:], ["--host", "a,b"])[Sample.host] == "a,b")
        #expect(try Sample.load([:], ["--host=a=b"])[Sample.host] == "a=b")
        #expect(try Sample.load([:], ["--host=--x"])[Sample.host] == "--x")
        #expect(try Sample.load([:], ["--host", "-x"])[Sample.host] == "-x")
    }

    @Test func whatDiffersIsNamedByItsKey() throws {
        let first = try Sample.load([:], ["--listen-port", "1", "--host", "a"])
        #expect(first.keys(differingFrom: first).isEmpty)
        // A default that is written out is no other value.
        let fallback = try Sample.load([:], [])[Sample.port]
        let written = try Sample.load([:], ["--listen-port", "\(fallback)", "--host", "b"])
        #expect(written.keys(differingFrom: try Sample.load([:], ["--host", "b"])).isEmpty)
        #expect(Set(first.keys(differingFrom: written)) == ["listen.port", "host"])
    }

    @Test(arguments: [["7700"], ["--"], ["-p", "5"], [""]])
    func aWordWithoutAFlagIsRefused(arguments: [String]) {
        let problems = Sample.problems([:], arguments)
        #expect(problems.first?.code == .usage)
        #expect(problems.first?.description.hasPrefix("argument 1 is no flag") == true)
    }
}
