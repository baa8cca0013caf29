import Digesting
import Testing

@Suite("StreamingDigest")
struct StreamingDigestTests {
    /// FIPS 180-2 appendices B and C, RFC 1321 A.5: the texts "" and "abc".
    static let known: [(DigestAlgorithmName, String, String)] = [
        (.md5, "", "d41d8cd98f00b204e9800998ecf8427e"),
        (.md5, "abc", "900150983cd24fb0d6963f7d28e17f72"),
        (.sha1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        (.sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            .sha512, "abc",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ]

    @Test(arguments: known)
    func givesThePublishedAnswers(algorithm: DigestAlgorithmName, text: String, expected: String) throws {
        let digest = try StreamingDigest(algorithm)
        try digest.update(Array(text.utf8))
        #expect(try digest.finishHex() == expected)
        #expect(expected.utf8.count == algorithm.byteCount * 2)
    }

    @Test(arguments: DigestAlgorithmName.allCases)
    func doesNotCareHowTheBytesAreCut(algorithm: DigestAlgorithmName) throws {
        let bytes = (0..<100_003).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let whole = try StreamingDigest(algorithm)
        try whole.update(bytes)
        let pieces = try StreamingDigest(algorithm)
        for start in stride(from: 0, to: bytes.count, by: 977) {
            try pieces.update(Array(bytes[start..<min(start + 977, bytes.count)]))
        }
        #expect(pieces.byteCount == bytes.count)
        #expect(try pieces.finish() == whole.finish())
    }

    /// FIPS 180-2 B.3: one million times "a".
    @Test func holdsOverAMillionBytes() throws {
        let digest = try StreamingDigest(.sha256)
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 50_000)
        for _ in 0..<20 { try digest.update(piece) }
        #expect(
            try digest.finishHex() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        )
    }

    @Test func refusesUseAfterItsEndInsteadOfGivingAnotherDigest() throws {
        let digest = try StreamingDigest(.sha256)
        _ = try digest.finish()
        #expect { try digest.update([1]) } throws: { ($0 as? DigestError)?.code == .finished }
        #expect { try digest.finish() } throws: { ($0 as? DigestError)?.code == .finished }
    }

    @Test func anAbandonedDigestIsFreedAndAnEmptyPieceChangesNothing() throws {
        for _ in 0..<1_000 { _ = try StreamingDigest(.md5) }
        let digest = try StreamingDigest(.sha1)
        try digest.update([])
        try digest.update(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(try digest.finishHex() == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    }
}
