import Glibc
import PrecacheModel
import Testing

@testable import ImageCache

@Suite struct OwnershipTests {
    private func status(_ folder: CacheFolder, _ name: String) -> stat {
        var answer = stat()
        lstat("\(folder.path)/\(name)", &answer)
        return answer
    }

    @Test(.enabled(if: geteuid() == 0)) func finishedFilesBelongToWhomTheyShould() async throws {
        let folder = try CacheFolder()
        let owner = FileOwner(user: 4_242, group: 4_343)
        let cache = try ImageCache(
            CacheConfiguration(directory: folder.path, fileMode: 0o640, owner: owner)
        )
        let sample = try Sample()
        _ = try await sample.store(in: cache)
        let found = status(folder, sample.file)
        #expect(found.st_uid == 4_242 && found.st_gid == 4_343 && found.st_mode & 0o7777 == 0o640)
    }

    @Test func byDefaultTheyAreOursAndReadableForEveryone() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        _ = try await sample.store(in: folder.open())
        let found = status(folder, sample.file)
        #expect(found.st_uid == geteuid() && found.st_mode & 0o7777 == 0o644)
    }
}
