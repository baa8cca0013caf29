import Glibc
import Logging
import Testing

@testable import Telemetry

@Suite("Log lines")
struct LogLineTests {
    func line(
        _ message: String,
        _ metadata: Logger.Metadata = [:],
        error: String? = nil,
        label: String = "fanout"
    ) -> LogLine {
        LogLine(
            milliseconds: 0,
            level: .info,
            label: label,
            message: message,
            error: error,
            metadata: metadata
        )
    }

    func logfmt(_ line: LogLine) -> String { String(decoding: line.bytes(.logfmt), as: UTF8.self) }

    func json(_ line: LogLine) -> String { String(decoding: line.bytes(.json), as: UTF8.self) }

    @Test func logfmtTimeLevelLoggerMessageThenMetadataInOrder() {
        let shown = logfmt(
            line(
                "host done",
                ["job": "j1", "host": "c-1", "bytes": "\(5)", "images": ["a", "b c"], "empty": ""]
            )
        )
        #expect(
            shown
                == #"ts=1970-01-01T00:00:00.000Z level=info logger=fanout msg="host done" bytes=5 empty="" "#
                + #"host=c-1 images="[\"a\", \"b c\"]" job=j1"# + "\n"
        )
    }

    @Test func jsonTheSameNestedValuesKept() {
        let shown = json(
            line(
                "host done",
                ["job": "j1", "images": ["a", "b"], "tls": ["b": "2", "a": []], "none": [:]],
                error: "x"
            )
        )
        #expect(
            shown == #"{"ts":"1970-01-01T00:00:00.000Z","level":"info","logger":"fanout","msg":"host done","#
                + #""error":"x","images":["a","b"],"job":"j1","none":{},"tls":{"a":[],"b":"2"}}"# + "\n"
        )
    }

    @Test func logfmtADictionaryBecomesDottedKeys() {
        #expect(
            logfmt(line("m", ["tls": ["b": "2", "a": ["c": "1"]]])).hasSuffix("msg=m tls.a.c=1 tls.b=2\n")
        )
    }

    /// The shapes by which a value could pass for a line, a field or a terminal's command of its own.
    static let hostile = [
        "a\nts=1970-01-01T00:00:00.000Z level=critical msg=forged", "a\r\nb", "a\u{b}b\u{c}", "a\u{85}b",
        "a\u{2028}b\u{2029}c", "\u{1b}[2J\u{1b}]0;title\u{7}", "\u{9b}31m", "a\u{202e}b\u{2066}", "a\0b",
        "a\u{7f}",
        "x\" level=critical msg=\"y", "x\\", "x level=critical", "{\"level\":\"critical\"}", "\u{feff}",
        "\u{200e}",
    ]

    @Test(arguments: hostile)
    func noValueCanForgeALineAFieldOrSpeakToTheTerminal(value: String) throws {
        let event = line(value, ["k": .string(value), value: "v"], error: value, label: value)
        for text in [logfmt(event), json(event)] {
            let controls = text.unicodeScalars.dropLast().filter {
                $0.value < 0x20 || (0x7f...0x9f).contains($0.value) || (0x200e...0x202e).contains($0.value)
                    || (0x2066...0x2069).contains($0.value) || $0.value == 0xfeff
            }
            #expect(controls.isEmpty)
            #expect(text.last == "\n")
        }
        #expect(Self.fields(logfmt(event)).map(\.key).filter { $0 == "level" }.count == 1)
        #expect(Self.fields(logfmt(event)).first { $0.key == "k" }?.value.isEmpty == false)
    }

    @Test func metadataCantTakeThePlaceOfALinesOwnFields() {
        let event = line("m", ["level": "critical", "msg": "x", "ts": "0"])
        #expect(logfmt(event).hasSuffix("msg=m field.level=critical field.msg=x field.ts=0\n"))
        #expect(
            json(event).hasSuffix(
                #""msg":"m","field.level":"critical","field.msg":"x","field.ts":"0"}"# + "\n"
            )
        )
    }

    @Test func aValueThatReadsLikeAPairIsQuoted() {
        #expect(
            logfmt(line("level=critical", ["k": "a=b"])).hasSuffix(#"msg="level=critical" k="a=b""# + "\n")
        )
    }

    @Test func oddKeysAreMadeFitForLogfmt() {
        #expect(logfmt(line("m", ["a b=\"c": "1", "": "2"])).hasSuffix("msg=m _=2 a_b__c=1\n"))
    }

    @Test func aValueWithoutEndIsCutAndSaysSo() {
        let long = String(repeating: "é", count: 100_000)
        for text in [logfmt(line(long)), json(line(long))] {
            #expect(text.utf8.count < 9_000)
            #expect(text.contains("... (200000 bytes)"))
        }
    }

    @Test func ordinaryTextOfAnyLanguageStaysReadable() {
        #expect(logfmt(line("größer als 漢字 👍")).contains("msg=\"größer als 漢字 👍\""))
    }

    /// A small reader of logfmt, to see a line as its readers do.
    static func fields(_ text: String) -> [(key: String, value: String)] {
        var fields: [(key: String, value: String)] = []
        var rest = text.dropLast()[...]
        while !rest.isEmpty {
            let key = rest.prefix { $0 != "=" }
            rest = rest.dropFirst(key.count + 1)
            var value = ""
            if rest.first == "\"" {
                rest = rest.dropFirst()
                while let character = rest.first, character != "\"" {
                    let isEscape = character == "\\"
                    value += rest.prefix(isEscape ? 2 : 1)
                    rest = rest.dropFirst(isEscape ? 2 : 1)
                }
                rest = rest.dropFirst()
            } else {
                value = String(rest.prefix { $0 != " " })
                rest = rest.dropFirst(value.count)
            }
            rest = rest.dropFirst()
            fields.append((String(key), value))
        }
        return fields
    }

    @Test func nowIsNow() {
        let before = Int64(time(nil)) * 1_000
        let now = LogLine.now()
        #expect(now >= before && now < before + 60_000)
    }
}
