import Digesting
import ImageInspection
import PrecacheModel
import Testing

@testable import ImageCache

@Suite struct ContentCheckTests {
    /// A qcow2 header whose fields make no sense.
    private static let hostile: [UInt8] =
        [0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3] + [UInt8](repeating: 0xff, count: 4_088)

    private func fetch(
        _ bytes: [UInt8],
        as format: DiskFormat,
        isPromised: Bool = true,
        _ folder: CacheFolder
    ) async throws -> CachedImage {
        let id = try ImageID("one")
        let hash = try StreamingDigest(.sha256)
        try hash.update(bytes)
        let expected = ExpectedImage(
            id: id,
            sizeBytes: isPromised ? Int64(bytes.count) : nil,
            digest: isPromised ? try Digest(.sha256, hex: hash.finishHex()) : nil,
            allowsUnverified: !isPromised,
            diskFormat: format
        )
        let staged = try await folder.open().begin(expected)
        try await staged.append(bytes)
        return try await staged.finish()
    }

    private func refusal(
        _ bytes: [UInt8],
        as format: DiskFormat,
        isPromised: Bool = true
    ) async throws -> CacheError.Code? {
        let folder = try CacheFolder()
        do {
            _ = try await fetch(bytes, as: format, isPromised: isPromised, folder)
            return nil
        } catch let error as CacheError {
            #expect(try folder.names() == [".precache"])
            #expect(try folder.names("/.precache/staging").isEmpty)
            #expect(try folder.names("/.precache/records").isEmpty)
            return error.code
        }
    }

    @Test func theRightBytesOfAHarmfulImageNeverGetAName() async throws {
        #expect(try await refusal(Self.hostile, as: .qcow2) == .unsafeImage)
    }

    @Test func neitherDoWhatTheyAreNotSaidToBe() async throws {
        let plain = [UInt8](repeating: 7, count: 4_096)
        #expect(try await refusal(plain, as: .qcow2) == .formatMismatch)
        #expect(try await refusal(Self.hostile, as: .raw) != nil)
        #expect(try await refusal(plain, as: .raw) == nil)
    }

    @Test(arguments: [true, false])
    func noImageIsEmpty(isPromised: Bool) async throws {
        #expect(try await refusal([], as: .raw, isPromised: isPromised) == .sizeMismatch)
    }

    private static let page = Array("<html><body>Service unavailable</body></html>".utf8)
    private static let packed: [UInt8] = [0x1f, 0x8b, 8] + [UInt8](repeating: 0x77, count: 4_093)
    private static let fileSystem: [UInt8] = Array("XFSB".utf8) + [UInt8](repeating: 0x77, count: 4_092)

    @Test(arguments: [
        (page, DiskFormat.raw, true), (page, .ari, true), (packed, .raw, true), (packed, .ari, false),
        (fileSystem, .raw, false),
    ])
    func whatLooksLikeNoDiskNeedsADigest(
        _ bytes: [UInt8],
        _ format: DiskFormat,
        _ isRefused: Bool
    ) async throws {
        #expect(try await refusal(bytes, as: format) == nil)
        #expect(
            try await refusal(bytes, as: format, isPromised: false) == (isRefused ? .formatMismatch : nil)
        )
    }

    @Test func whatItLooksLikeIsRecorded() async throws {
        let folder = try CacheFolder()
        let image = try await fetch(Self.packed, as: .raw, folder)
        #expect(image.looks == "looks like gzip, which has to be unpacked to be a disk")
        let record = CacheRecord(
            image: image,
            attributes: FileAttributes(sizeBytes: 1, modifiedNanoseconds: 1, inode: 1)
        )
        #expect(try CacheRecord(json: record.json()).image.looks == image.looks)
        #expect(try await fetch(Self.packed, as: .ari, try CacheFolder()).looks == nil)
    }

    @Test func whatTheBytesAreIsRecorded() async throws {
        let folder = try CacheFolder()
        _ = try await fetch([UInt8](repeating: 7, count: 4_096), as: .raw, folder)
        let image = try await folder.open().images().first
        #expect(image?.contentFormat == .raw && image?.virtualSizeBytes == 4_096)
    }

    @Test(arguments: [
        (DiskFormat.raw, 20_000, true), (.raw, 19_999, false), (.raw, 20_480, false), (.iso, 20_480, false),
        (.qcow2, 20_480, true), (.qcow2, 20_001, false), (.qcow2, 0, false),
    ])
    func aFileOfNovasIsAdoptedIfItMayBeTheImage(format: DiskFormat, size: Int, isAdopted: Bool) async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        try folder.write(sample.file, [UInt8](repeating: 9, count: size))
        let found = try await folder.open().lookup(sample.expected(format: format))
        #expect((found != .absent) == isAdopted)
    }

    @Test func aHarmfulFileOfTheRightSizeIsNotAdopted() async throws {
        let folder = try CacheFolder()
        let sample = try Sample(count: Self.hostile.count)
        try folder.write(sample.file, Self.hostile)
        #expect(try await folder.open().lookup(sample.expected(format: .qcow2)) == .absent)
    }
}
