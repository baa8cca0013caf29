import Testing

@testable import PrecacheModel

@Suite struct PieceLayoutTests {
    @Test(
        arguments: [
            (1, 256 << 10, 1), (256 << 10, 256 << 10, 1), ((256 << 10) + 1, 256 << 10, 2),
            (1 << 30, 256 << 10, 4_096),
            ((1 << 30) + 1, 512 << 10, 2_049), (3_000_000_000, 1 << 20, 2_862), (1 << 40, 4 << 20, 262_144),
        ] as [(Int64, Int64, Int)]
    )
    func aPieceIsAsLongAsMakesSomeThousands(size: Int64, length: Int64, count: Int) {
        let layout = PieceLayout(sizeBytes: size)
        #expect(layout.pieceBytes == length && layout.count == count)
        #expect(layout.bytes(of: 0...count - 1) == 0..<size)
    }

    @Test func theLastPieceIsShorter() {
        let layout = PieceLayout(sizeBytes: 1_000, pieceBytes: 300)
        #expect(
            layout.count == 4 && layout.bytes(of: 3) == 900..<1_000 && layout.bytes(of: 1...2) == 300..<900
        )
        #expect(layout.bytes(of: 7).isEmpty)
    }
}
