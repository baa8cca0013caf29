import PrecacheModel
import Testing
import TextForms

@Suite struct PageCursorTests {
    @Test(arguments: [["a"], ["", "x"], ["ключ", "é☂"], ["1", "2", "3"]])
    func aCursorComesBackFromItsText(key: [String]) throws {
        let cursor = PageCursor(kind: "hosts", key: key)
        #expect(try PageCursor(cursor.description) == cursor)
        #expect(try cursor.key(of: "hosts", count: key.count) == key)
    }

    @Test(arguments: ["", "nonsense!", "\u{0}", "aG9zdHM", "aG9zdHMfYQ==", "__________", "AAAA BBBB"])
    func whatNobodyGaveIsRefused(text: String) {
        #expect(throws: InvalidValue.self) { try PageCursor(text) }
    }

    @Test func aCursorOfAnotherListIsRefused() {
        let cursor = PageCursor(kind: "hosts", key: ["a"])
        #expect(throws: InvalidValue.self) { try cursor.key(of: "jobs", count: 1) }
        #expect(throws: InvalidValue.self) { try cursor.key(of: "hosts", count: 2) }
    }

    @Test func base64URLIsExact() {
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
        #expect(Base64URL.decode("-_8") == [0xFB, 0xFF])
        #expect(Base64URL.decode("-_9") == nil, "bits that nobody wrote")
        #expect(Base64URL.decode("a") == nil)
        for count in 0..<20 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }
}
