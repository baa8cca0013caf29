import Testing

@testable import ImageCache

@Suite struct CachedFileKindTests {
    static let sha1 = "356a192b7913b04c54574d18c28d46e6395428ab"

    @Test(arguments: [
        (sha1, CachedFileKind.image), ("\(sha1)_20", .resized), ("\(sha1)_sm", .resized), ("swap_512", .swap),
        ("ephemeral_20_abcdef0", .ephemeral),
    ])
    func novasNamesAreKnown(_ name: String, _ kind: CachedFileKind) {
        #expect(CachedFileKind(name: name) == kind)
    }

    @Test(arguments: [
        "", "x", String(sha1.dropLast()), "\(sha1)0", "\(sha1).part", "\(sha1)_", "\(sha1)_x", "\(sha1)_-1",
        "\(sha1)_1_2", sha1.uppercased(), "swap_", "swap_1x", "swap_1_2", "Swap_1", "ephemeral_20_default",
        "ephemeral__abcdef0", "ephemeral_20_abcdefg", "ephemeral_20", "\(sha1)\n", "\(sha1)_20\n",
        ".precache",
        "swap_99999999999999999999999",
    ])
    func everyOtherNameIsNobodysBusiness(_ name: String) {
        #expect(CachedFileKind(name: name) == nil)
    }
}
