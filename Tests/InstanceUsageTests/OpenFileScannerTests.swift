import Glibc
import TestSupport
import Testing

@testable import InstanceUsage

@Suite struct OpenFileScannerTests {
    /// A proc(5) of our own making.
    private func proc(_ namespace: String = "pid:[4026531836]") -> TemporaryFolder {
        let folder = TemporaryFolder()
        for name in ["self", "self/ns", "1", "1/fd", "70000", "70000/fd"] {
            mkdir("\(folder.path)/\(name)", 0o755)
        }
        symlink(namespace, "\(folder.path)/self/ns/pid")
        folder.write("70000/comm", Array("qemu-system-x86\n".utf8))
        folder.write("file", [1])
        return folder
    }

    private func scan(_ folder: TemporaryFolder) throws -> (OpenFileScan, FileID) {
        var status = stat()
        #expect(stat("\(folder.path)/file", &status) == 0)
        let scan = OpenFileScanner(proc: folder.path).scan(device: UInt64(status.st_dev))
        return (scan, FileID(status))
    }

    @Test func filesAreFoundByWhatTheyAreNotByTheirPath() throws {
        let folder = proc()
        link("\(folder.path)/file", "\(folder.path)/other-name")
        symlink("\(folder.path)/other-name", "\(folder.path)/70000/fd/3")
        symlink("/dev/null", "\(folder.path)/70000/fd/4")
        symlink("socket:[1]", "\(folder.path)/70000/fd/5")
        let (scan, file) = try scan(folder)
        #expect(scan.files.count == 1)
        #expect(scan.files[file]?.names == ["qemu-system-x86 (70000)"])
        #expect(scan.gap == nil)
    }

    @Test func aContainersProcIsAGap() throws {
        #expect(try scan(proc("pid:[4026532001]")).0.gap?.contains("container") == true)
    }

    @Test func hiddenProcessesAreAGap() throws {
        let folder = proc()
        rmdir("\(folder.path)/1/fd")
        rmdir("\(folder.path)/1")
        #expect(try scan(folder).0.gap?.contains("hidepid") == true)
    }

    @Test func noProcAtAllIsAGap() {
        #expect(OpenFileScanner(proc: "/nowhere").scan(device: 1).gap != nil)
    }
}
