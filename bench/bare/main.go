// The function that does nothing, in the same SDK: what a cold start of onput is measured beside.
package main

import "github.com/aliyun/fc-runtime-go-sdk/fc"

func main() {
	fc.Start(func(payload []byte) (string, error) { return "hello world", nil })
}
