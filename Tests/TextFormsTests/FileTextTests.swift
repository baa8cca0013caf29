import Testing
import TextForms

@Suite("Text of files")
struct FileTextTests {
    /// What is said of bytes that are no text.
    private func refusal(_ bytes: [UInt8]) -> String? {
        do throws(FileText.Fault) {
            _ = try FileText.text(of: bytes)
            return nil
        } catch {
            return error.words
        }
    }

    @Test func aByteOrderMarkIsNoPartOfTheTextAndOnlyAtItsBeginningIsItOne() throws {
        #expect(try FileText.text(of: Array("\u{FEFF}a: é\n".utf8)) == "a: é\n")
        #expect(try FileText.text(of: Array("a\u{FEFF}".utf8)).unicodeScalars.count == 2)
        #expect(try FileText.text(of: [0xEF, 0xBB, 0xBF]) == "")
        #expect(try FileText.text(of: []) == "")
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE, 0x61, 0x00], "UTF-16"), ([0xFE, 0xFF, 0x00, 0x61], "UTF-16"),
            ([0x61, 0x00, 0x3A, 0x00], "UTF-16"), ([0x00, 0x61, 0x00, 0x3A], "UTF-16"),
            ([0xFF, 0xFE], "UTF-16"), ([0xFF, 0xFE, 0x00, 0x00], "UTF-32"),
            ([0x00, 0x00, 0xFE, 0xFF], "UTF-32"),
        ] as [([UInt8], String)]
    )
    func otherEncodingsAreNamedWithAndWithoutTheirMarks(bytes: [UInt8], name: String) {
        let words = "is \(name) text, and UTF-8 is needed: save it in that encoding"
        #expect(refusal(bytes) == words)
    }

    @Test(arguments: [[0xE9, 0x0A], [0x61, 0x62, 0x63, 0x64, 0x00]] as [[UInt8]])
    func whatIsNoTextIsRefused(bytes: [UInt8]) {
        #expect(refusal(bytes) == "isn't UTF-8 text")
    }
}
