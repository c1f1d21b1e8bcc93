package httpd

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// TestHostileSize reads half a megabyte of what makes a reader work hardest. On a
// quiet machine each takes a fraction of a second; the bound is for busy ones,
// and catches what grows faster than the text.
func TestHostileSize(t *testing.T) {
	for name, piece := range map[string]string{
		"hosts":        "<VirtualHost *:443>\nSSLEngine on\nSSLEnable\n</VirtualHost>\n",
		"distinct":     "<VirtualHost *:%d>\nSSLEngine on\nSSLEnable\nSSLCipherSuite HIGH:!AES%d\n</VirtualHost>\n",
		"listen":       "Listen %d\n<VirtualHost *:%d>\nSSLEngine on\nSSLEnable\n</VirtualHost>\n",
		"global":       "SSLProtocol all\nSSLOpenSSLConfCmd MinProtocol TLSv1\nSSLProtocolDisable SSLv3\n",
		"ciphers":      "SSLCipherSuite " + strings.Repeat("HIGH:!AES:", 1500) + "%d\nSSLCipherSpec " + strings.Repeat("TLS_RSA_WITH_AES_128_CBC_SHA ", 600) + "\n",
		"sections":     "<IfModule x>\n",
		"includes":     "Include b.conf\n",
		"missing":      "Include nothing%d.conf\n",
		"define":       "Define A ${A}${A}x\nSSLProtocol ${A}\n",
		"macro":        "<Macro M%d $a>\nSSLProtocol $a\nUse M1 x\n</Macro>\nUse M%d all\n",
		"comments":     "# SSLProtocolDisable SSLv3 \\\n",
		"blanks":       "                                \n",
		"continuation": "\\\n",
		"nul":          "a\x00\n",
		"junk":         "\x01\x02 \u00a0\n",
		"quotes":       "SSLProtocol \"\\\"\\\"\\\"",
		"undefined":    "SSLProtocol ${X%d}\n",
		"words":        "<VirtualHost *:443>\nSSLEnable\nSSLProtocolDisable x%d SSLv3 # z\n</VirtualHost>\n",
		"word":         "SSLEnable\nSSLProtocolDisable SSLv3 x%d\n",
		"plain":        "<VirtualHost *:443>\n# SSLEnable\nKeyFile x\n</VirtualHost>\nListen %d\n",
		"branches":     "<IfVersion 2>\nSSLProtocol all\nSSLDisable\n</IfVersion>\n",
		"wrong":        "SSLEnable\nSSLEngine on\nKeyFile x\nSSLProtocolDisable a,b\n",
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			for i := 0; b.Len() < 1<<19; i++ {
				if n := strings.Count(piece, "%d"); n > 0 {
					args := make([]any, n)
					for j := range args {
						args[j] = i
					}
					fmt.Fprintf(&b, piece, args...)
				} else {
					b.WriteString(piece)
				}
			}
			tree := conftree.FromTexts(map[string]string{"main.conf": b.String(), "b.conf": strings.Repeat("SSLProtocol all\n", 100)})
			for _, format := range []*confdoc.Format{Apache, IHS} {
				main, err := tree.Read("main.conf")
				if err != nil {
					return // refused as a file already
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				d := read(format, &confdoc.Reader{Tree: tree}, main)
				reading := time.Since(start)
				found := confdoc.Judge(d, confdoc.Demands{Min: audit.TLSv12})
				took := time.Since(start)
				runtime.ReadMemStats(&after)
				grown := int64(after.HeapAlloc) - int64(before.HeapAlloc)
				t.Logf("%s: %v, judged %v, %d MB, %d listeners, %d faults, %d gaps", format.Name, reading, took-reading, grown>>20, len(d.Listeners), len(d.Faults), len(d.Gaps))
				if took > time.Minute || grown > 150<<20 {
					t.Errorf("%s takes %v and %d MB", format.Name, took, grown>>20)
				}
				checkPlaces(t, d, found)
			}
		})
	}
}

// tree1000 is one server of the benchmark: five files.
func benchTree(i int) *conftree.Tree {
	return conftree.FromTexts(map[string]string{
		"conf/httpd.conf": fmt.Sprintf("ServerRoot /opt/x%d\nListen 80\nListen 443\n%sServerName s%d.example.com\nInclude conf.d/*.conf\nIncludeOptional sites/*.conf\n", i, strings.Repeat("LoadModule a_module modules/mod_a.so\n", 40), i),
		"conf.d/ssl.conf": "<IfModule mod_ssl.c>\nSSLProtocol all -SSLv3\nSSLCipherSuite HIGH:!aNULL\nSSLHonorCipherOrder on\n</IfModule>\n",
		"conf.d/log.conf": strings.Repeat("# a comment\nLogFormat \"%h %l %u\" common\n", 50),
		"sites/a.conf":    fmt.Sprintf("<VirtualHost *:443>\nServerName a%d.example.com\nSSLEngine on\nSSLCertificateFile x.pem\n<Directory />\nRequire all granted\n</Directory>\n</VirtualHost>\n", i),
		"sites/b.conf":    fmt.Sprintf("<VirtualHost *:443>\nServerName b%d.example.com\nSSLEngine on\nSSLProtocol -all +TLSv1.2\n</VirtualHost>\n<VirtualHost *:80>\nRedirect / https://b.example.com/\n</VirtualHost>\n", i),
	})
}

// BenchmarkTrees reads and judges a thousand trees of five files each.
func BenchmarkTrees(b *testing.B) {
	trees := make([]*conftree.Tree, 1000)
	for i := range trees {
		trees[i] = benchTree(i)
	}
	for b.Loop() {
		for _, tree := range trees {
			main, err := tree.Read("conf/httpd.conf")
			if err != nil {
				b.Fatal(err)
			}
			d := read(Apache, &confdoc.Reader{Tree: tree}, main)
			if len(d.Files) != 5 || len(d.Listeners) != 2 {
				b.Fatalf("%d files, %d listeners, %v", len(d.Files), len(d.Listeners), d.Gaps)
			}
			judge(d)
		}
	}
}
