import Digesting
import Testing

@Suite("Constant-time comparison")
struct ConstantTimeTests {
    @Test func tellsEqualFromUnequalWhereverTheyDiffer() {
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

    @Test func comparesTextsByTheirBytes() {
        #expect(constantTimeEqual("token", "token"))
        #expect(!constantTimeEqual("token", "tokens"))
        // Equal to Swift's ==, unequal as bytes: a token is bytes.
        #expect(!constantTimeEqual("\u{e9}", "e\u{301}"))
    }
}
