import Testing

@testable import Digesting

@Suite("SecureRandom")
struct SecureRandomTests {
    @Test func givesAsManyBytesAsAskedForNeverTheSameTwice() throws {
        #expect(try SecureRandom.bytes(0).isEmpty)
        #expect(try SecureRandom.bytes(-1).isEmpty)
        let drawn = try (0..<100).map { _ in try SecureRandom.bytes(16) }
        #expect(Set(drawn).count == 100)
        #expect(drawn.allSatisfy { $0.count == 16 })
    }
}
