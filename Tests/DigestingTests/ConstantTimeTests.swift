import Digesting
import Testing

@Suite("Constant-time comparison")
struct ConstantTimeTests {
    @Test("tells equal from unequal, wherever they differ")
    func bytes() {
        let secret = [UInt8](0..<32)
        #expect(constantTimeEqual(secret, secret))
        for index in secret.indices {
            var other = secret
            other[index] ^= 0x80
            #expect(!constantTimeEqual(secret, other))
        }
        #expect(!constantTimeEqual(secret, Array(secret.dropLast())))
        #expect(!constantTimeEqual(Array(secret.dropLast()), secret))
        #expect(constantTimeEqual([UInt8](), []))
    }

    @Test("compares texts by their bytes")
    func texts() {
        #expect(constantTimeEqual("token", "token"))
        #expect(!constantTimeEqual("token", "tokens"))
        // Equal to Swift's ==, unequal as bytes: a token is bytes.
        #expect(!constantTimeEqual("\u{e9}", "e\u{301}"))
    }
}
