import Digesting
import Testing
import TextForms

@Suite("One-shot digests")
struct OneShotDigestsTests {
    @Test func agreeWithThePublishedAnswers() {
        #expect(
            Hexadecimal.encode(sha256(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(sha256([]).count == 32)
        #expect(sha1Hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(sha1Hex("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    }

    @Test func nameACachedImageAsNovaDoesSHA1OfTheIdsText() {
        // printf %s ID | sha1sum
        #expect(sha1Hex("70a599e0-31e7-49b7-b260-868f441e862b") == "88607926df58f2de85c9d44cd0324614a44d28b3")
    }

    @Test func hmacSHA256AgreesWithRFC4231Cases12And6AndTakesAnEmptyKey() throws {
        let first = try hmacSHA256(key: [UInt8](repeating: 0x0b, count: 20), message: Array("Hi There".utf8))
        #expect(
            Hexadecimal.encode(first) == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        )
        let second = try hmacSHA256(
            key: Array("Jefe".utf8),
            message: Array("what do ya want for nothing?".utf8)
        )
        #expect(
            Hexadecimal.encode(second) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        )
        let long = try hmacSHA256(
            key: [UInt8](repeating: 0xaa, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
        )
        #expect(
            Hexadecimal.encode(long) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        )
        let empty = try hmacSHA256(key: [], message: [])
        #expect(
            Hexadecimal.encode(empty) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
        )
    }
}
