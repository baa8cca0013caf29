import Testing

@testable import Digesting

@Suite("SecureRandom")
struct SecureRandomTests {
    @Test("gives as many bytes as asked for, never the same twice")
    func bytes() throws {
        #expect(try SecureRandom.bytes(0).isEmpty)
        #expect(try SecureRandom.bytes(-1).isEmpty)
        let drawn = try (0..<100).map { _ in try SecureRandom.bytes(16) }
        #expect(Set(drawn).count == 100)
        #expect(drawn.allSatisfy { $0.count == 16 })
    }

    @Test("tokens are 43 characters that need no quoting anywhere")
    func token() throws {
        let token = try SecureRandom.token()
        #expect(token.utf8.count == 43)
        #expect(token.utf8.allSatisfy { $0 == 45 || $0 == 95 || (48...57).contains($0) || ($0 | 32) >= 97 })
    }

    /// RFC 4648 section 10, with the alphabet of section 5.
    @Test(
        "base64url agrees with RFC 4648",
        arguments: [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
    )
    func base64URL(text: String, expected: String) {
        #expect(SecureRandom.base64URL(Array(text.utf8)) == expected)
        #expect(SecureRandom.base64URL([0xfb, 0xff]) == "-_8")
    }
}
