/** @file HTTP for what architectures cost on a device, by its table or by a model. */
import { Body, Controller, HttpCode, HttpStatus, Inject, Param, Post } from '@nestjs/common';
import {
  FitHardwareModel,
  RecordProfileCosts,
  type FittedHardwareModel,
  type RecordedProfileCosts,
} from '@sextant/contracts';
import { hardwareProfileId } from '../http/parameters';
import { valid } from '../http/validate';
import { CostModelsService } from './cost-models.service';
import { ProfileCostsService } from './profile-costs.service';

@Controller('v1/hardware-profiles/:profile')
export class CostModelsController {
  constructor(
    @Inject(CostModelsService) private readonly models: CostModelsService,
    @Inject(ProfileCostsService) private readonly tables: ProfileCostsService,
  ) {}

  /** Answers when it is fitted and stored; replaces the model of that metric. */
  @Post('models')
  fit(
    @Param('profile', hardwareProfileId) profile: string,
    @Body(valid(FitHardwareModel, 'the model')) body: FitHardwareModel,
  ): Promise<FittedHardwareModel> {
    return this.models.fit(profile, body);
  }

  /** Repeating it adds what candidates have come since. */
  @Post('costs')
  @HttpCode(HttpStatus.OK)
  record(
    @Param('profile', hardwareProfileId) profile: string,
    @Body(valid(RecordProfileCosts, 'the request')) body: RecordProfileCosts,
  ): Promise<RecordedProfileCosts> {
    return this.tables.record(profile, body);
  }
}
