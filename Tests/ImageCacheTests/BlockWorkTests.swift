import Digesting
import Glibc
import PrecacheModel
import Testing

@testable import ImageCache

@Suite struct BlockWorkTests {
    private let folder: CacheFolder
    private let lanes: CacheLanes
    private let digest: RunningDigest

    init() throws {
        folder = try CacheFolder()
        lanes = try CacheLanes()
        digest = try RunningDigest(.sha256)
    }

    private func file(_ flags: Int32) -> OpenFile {
        OpenFile(descriptor: Glibc.open("\(folder.path)/part", flags | O_CREAT, 0o600), name: "part")
    }

    private func work(_ byte: UInt8, at offset: Int64, of file: OpenFile) -> BlockWork {
        let bytes = [UInt8](repeating: byte, count: 1_000)
        return BlockWork(bytes: bytes, offset: offset, file: file, digest: digest, lanes: lanes)
    }

    @Test func blocksAreDigestedInTheirOrderHoweverManyAreUnderWay() async throws {
        let file = file(O_RDWR)
        var blocks: [BlockInHand] = []
        for number in 0..<200 {
            let work = work(UInt8(number), at: Int64(number) * 1_000, of: file)
            blocks.append(work.start(after: blocks.last))
        }
        for block in blocks { #expect(await block.failure == nil) }
        #expect(try file.status().attributes.sizeBytes == 200_000)
        let whole = try StreamingDigest(.sha256)
        for number in 0..<200 { try whole.update([UInt8](repeating: UInt8(number), count: 1_000)) }
        #expect(try digest.finish().hex == whole.finishHex())
    }

    @Test func nothingIsWrittenBehindABlockThatCouldNotBe() async throws {
        let writable = file(O_RDWR)
        let failed = work(1, at: 0, of: file(O_RDONLY)).start(after: nil)
        let next = work(2, at: 1_000, of: writable).start(after: failed)
        let last = work(3, at: 2_000, of: writable).start(after: next)
        #expect(await failed.failure?.code == .io)
        #expect(await next.failure?.code == .io)
        #expect(await last.failure?.code == .io)
        #expect(try writable.status().attributes.sizeBytes == 0, "no holes")
    }
}
