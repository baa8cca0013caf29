import Digesting
import Testing

@Suite("Hexadecimal text")
struct HexadecimalTests {
    @Test("goes both ways for every byte")
    func roundTrip() {
        let bytes = (0...255).map { UInt8($0) }
        let text = hexEncode(bytes)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
        #expect(hexDecode(text) == bytes)
        #expect(hexDecode(text.uppercased()) == bytes)
        #expect(hexEncode([]).isEmpty)
        #expect(hexDecode("") == [])
    }

    @Test(
        "refuses what is no pair of digits",
        arguments: ["a", "abc", "0g", " 0", "0x00", "é0", "00\n", "٠٠"]
    )
    func refuses(text: String) {
        #expect(hexDecode(text) == nil)
    }
}
