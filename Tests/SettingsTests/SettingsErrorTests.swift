import Settings
import Testing

/// Messages are pinned to the letter: they are what an operator has at three in the morning.
@Suite("SettingsError")
struct SettingsErrorTests {
    typealias Sample = SampleSchema

    @Test func namesKeyValueOriginFaultAndWhatIsAllowed() {
        let problems = Sample.problems(["SAMPLED_LISTEN_PORT": "99999"])
        #expect(
            problems.map(\.description) == [
                #"listen.port = "99999" (environment variable SAMPLED_LISTEN_PORT) is out of range; "#
                    + "allowed: a whole number from 0 to 65535"
            ]
        )
    }

    @Test func namesTheLineOfTheFile() throws {
        let file = try ScratchFile(
            "# hello\n[listen]\naddress = \"::\"\nport = 70000\n\n[auth]\nmode = \"token\"\n"
        )
        #expect(
            Sample.problems(file: file.path).map(\.description) == [
                "listen.port = 70000 (file \(file.path), line 4) is out of range; "
                    + "allowed: a whole number from 0 to 65535",
                #"auth.mode = "token" (file \#(file.path), line 7) is not on the list; "#
                    + "allowed: one of tokens, keystone, none",
            ]
        )
    }

    @Test func aTextWhereANumberBelongsIsAnotherTypeNotANumberInDisguise() throws {
        let file = try ScratchFile("host = 5\n[listen]\nport = \"7700\"\n[cache]\nconvert_to_raw = 1\n")
        #expect(
            Sample.problems(file: file.path).map(\.description) == [
                "cache.convert_to_raw (file \(file.path), line 5) is a whole number; allowed: true or false",
                "host (file \(file.path), line 1) is a whole number; allowed: a text",
                "listen.port (file \(file.path), line 3) is a text; allowed: a whole number from 0 to 65535",
            ]
        )
    }

    @Test func anUnknownNameIsToldWithTheNearestKnown() throws {
        let file = try ScratchFile("[listn]\nport = 1\n[unheard]\nof = 2\n")
        let problems = Sample.problems(
            file: file.path,
            ["SAMPLED_LISTEN_PROT": "1", "SAMPLED_CONFIG": "/x", "OTHER_LISTEN": "1"],
            ["--listenport", "5", "--zzz"]
        )
        #expect(
            problems.map(\.description) == [
                "listn.port (file \(file.path), line 2) is no setting; did you mean listen.port?",
                "unheard.of (file \(file.path), line 4) is no setting of sampled",
                "unknown environment variable SAMPLED_LISTEN_PROT; did you mean SAMPLED_LISTEN_PORT?",
                "unknown flag --listenport; did you mean --listen-port?",
                "unknown flag --zzz",
            ]
        )
    }

    @Test func allProblemsComeTogetherOnALineEach() {
        do throws(SettingsError) {
            _ = try Sample.load(["SAMPLED_LISTEN_PORT": "x"], ["--auth-mode", "y"])
            Issue.record("no error")
        } catch {
            #expect(error.problems.count == 2)
            #expect(error.description.hasPrefix("settings: 2 problems\n  - listen.port = \"x\""))
            #expect(error.description.split(separator: "\n").count == 3)
        }
    }

    @Test func oneProblemTakesOneLine() {
        #expect {
            _ = try Sample.load([:], ["--listen-port"])
        } throws: {
            "\($0)" == "settings: flag --listen-port needs a value: a whole number from 0 to 65535"
        }
    }

    @Test func variablesThatKubernetesSetsForAServiceOfOurNameAreNoSettingsOfOurs() {
        let links = [
            "SAMPLED_SERVICE_HOST": "10.0.0.1", "SAMPLED_SERVICE_PORT": "7700",
            "SAMPLED_PORT": "tcp://10.0.0.1:7700",
            "SAMPLED_PORT_7700_TCP_ADDR": "10.0.0.1", "SAMPLED_SERVICE_PORT_API": "7700",
        ]
        #expect(Sample.problems(links).isEmpty)
    }
}
