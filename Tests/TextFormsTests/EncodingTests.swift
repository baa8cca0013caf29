import Testing
import TextForms

@Suite("Bytes as text")
struct EncodingTests {
    @Test func everyByteHasTwoHexadecimalDigitsReadInEitherCase() {
        let bytes = (0...255).map { UInt8($0) }
        let text = Hexadecimal.encode(bytes)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
        for digits in [text, text.uppercased()] {
            let values = digits.utf8.compactMap(Hexadecimal.value(of:))
            #expect(stride(from: 0, to: 512, by: 2).map { values[$0] << 4 | values[$0 + 1] } == bytes)
        }
        #expect(Hexadecimal.encode([]).isEmpty)
        #expect("g \nx/:@`G".utf8.allSatisfy { Hexadecimal.value(of: $0) == nil })
    }

    /// RFC 4648 section 10, with the alphabet of section 5.
    @Test(arguments: [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func base64urlAgreesWithRFC4648(text: String, expected: String) {
        #expect(Base64URL.encode(Array(text.utf8)) == expected)
        #expect(Base64URL.decode(expected) == Array(text.utf8))
        #expect(Base64URL.encode([0xfb, 0xff]) == "-_8")
    }

    @Test func randomUUIDsDifferAndAreOfVersion4AndRFC9562sVariant() {
        let made = (0..<1_000).map { _ in UUIDText.make() }
        #expect(Set(made).count == 1_000)
        for text in made {
            let parts = text.split(separator: "-").map(Array.init)
            #expect(parts.map(\.count) == [8, 4, 4, 4, 12] && UUIDText.lowered(text) == text)
            #expect(parts[2][0] == "4" && "89ab".contains(parts[3][0]))
        }
    }

    @Test func aUUIDOfGivenBits() {
        let text = UUIDText.text(version: 8, high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210)
        #expect(text == "01234567-89ab-8def-bedc-ba9876543210")
    }
}
