// Takes the steps with the AWS SDK for Go, version 2.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/voiceid"
	"github.com/aws/smithy-go"
)

func main() {
	client := reflect.ValueOf(voiceid.New(voiceid.Options{
		Region:           os.Getenv("AWS_REGION"),
		Credentials:      aws.CredentialsProviderFunc(credentials),
		EndpointResolver: voiceid.EndpointResolverFromURL(os.Getenv("AWS_ENDPOINT_URL_VOICE_ID")),
		Retryer:          aws.NopRetryer{},
	}))
	var steps []struct {
		Operation string
		Members   json.RawMessage
	}
	if err := json.NewDecoder(os.Stdin).Decode(&steps); err != nil {
		log.Fatal(err)
	}
	outcomes := []map[string]any{}
	for _, step := range steps {
		method := client.MethodByName(step.Operation)
		input := reflect.New(method.Type().In(1).Elem())
		if err := json.Unmarshal(step.Members, input.Interface()); err != nil {
			log.Fatal(err)
		}
		answer := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), input})
		failure, _ := answer[1].Interface().(error)
		var response *http.ResponseError
		var refusal smithy.APIError
		if failure == nil {
			outcomes = append(outcomes, map[string]any{"status": 200, "output": answer[0].Interface()})
		} else if errors.As(failure, &response) && errors.As(failure, &refusal) {
			outcome := map[string]any{"status": response.HTTPStatusCode(), "code": refusal.ErrorCode()}
			outcomes = append(outcomes, outcome)
		} else {
			log.Fatal(failure)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(outcomes); err != nil {
		log.Fatal(err)
	}
}

func credentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
	}, nil
}
